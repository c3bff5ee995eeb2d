#pragma once

#include <aloft/adaptive_concurrency.hpp>
#include <aloft/content_coding.hpp>
#include <aloft/deadlines.hpp>
#include <aloft/dns_options.hpp>
#include <aloft/fields.hpp>
#include <aloft/observer.hpp>
#include <aloft/proxy_options.hpp>
#include <aloft/rate_limits.hpp>
#include <aloft/redirect_rules.hpp>
#include <aloft/retry_rules.hpp>
#include <aloft/session_limits.hpp>
#include <aloft/tcp_options.hpp>
#include <aloft/tls_options.hpp>
#include <aloft/trace_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft {

class request;

class custom_connector;
class custom_resolver;

/// Which HTTP a client speaks.
enum class http_version {
    negotiated, ///< https: what ALPN says; http: HTTP/1.1
    http1, ///< HTTP/1.1 only
    http2, ///< HTTP/2 only; on http:// by prior knowledge (RFC 9113, 3.3). Never by Upgrade.
};

/// How a client behaves. Setters chain; each default stands in docs/limits.md.
class client_options {
public:
    /// Requests in flight at once, and how many more may wait for a place.
    client_options& max_in_flight(std::size_t requests) { return max_in_flight_ = requests, *this; }
    client_options& max_waiting(std::size_t requests) { return max_waiting_ = requests, *this; }
    /// What each origin is asked at most in a minute, and whether its own word on that is followed.
    client_options& rates(const rate_limits& limits) { return rates_ = limits, *this; }
    /// How many requests each origin is given at once is learned from what becomes of them, within
    /// max_in_flight.
    client_options& adaptive(const adaptive_concurrency& how) { return adaptive_ = how, *this; }
    /// HTTP/2 streams a connection is filled to before another one is opened; beyond it only when
    /// no more may be opened.
    client_options& streams_per_connection(std::size_t streams)
    {
        return streams_per_connection_ = streams, *this;
    }
    /// Connections to one origin at the most, and dials to it under way at once. Connections that
    /// take no new requests and only finish old ones do not count.
    client_options& max_connections(std::size_t connections)
    {
        return max_connections_ = connections, *this;
    }
    client_options& max_dials(std::size_t dials) { return max_dials_ = dials, *this; }
    /// Connections to one origin at the least: opened with its first request, or by
    /// client::warm_up(), and over HTTP/2 not closed for being unused.
    client_options& min_connections(std::size_t connections)
    {
        return min_connections_ = connections, *this;
    }
    /// How long an unused connection is kept. HTTP/1.1's default is below uvicorn's 5 s; where a
    /// server says how long it keeps one (`Keep-Alive: timeout`), it is 80 % of that, and the limit
    /// of HTTP/2 at the most.
    client_options& idle_timeout(std::chrono::milliseconds http2, std::chrono::milliseconds http1)
    {
        return idle_http2_ = http2, idle_http1_ = http1, *this;
    }
    /// After this time, or up to a fifth earlier, a connection is replaced by another one and takes
    /// no new requests; those it carries end in peace.
    client_options& max_age(time_limit age) { return max_age_ = age, *this; }
    /// HTTP/2: a server that is silent for `after` while streams are open is sent a PING; where it
    /// sends nothing at all within `timeout` the connection ends with errc::ping_timeout. Each
    /// connection's `after` is up to a tenth longer or shorter. A server that answers and stays
    /// silent is asked again after twice and four times the time, and then every five minutes at
    /// the most. An idle connection that was silent so long is asked before it is used again. With
    /// `after` off none of this happens.
    client_options& ping(time_limit after, time_limit timeout)
    {
        return ping_after_ = after, ping_timeout_ = timeout, *this;
    }
    /// How long a server may take no byte of what is to be sent before the connection ends with
    /// errc::write_stalled.
    client_options& write_stall(time_limit limit) { return write_stall_ = limit, *this; }
    client_options& version(http_version which) { return version_ = which, *this; }
    /// Clocks of every request that does not say otherwise; inherited ones are
    /// deadlines::defaults().
    client_options& deadlines(const aloft::deadlines& limits)
    {
        return deadlines_ = limits.or_else(aloft::deadlines::defaults()), *this;
    }
    /// What a server may make a connection hold.
    client_options& limits(const session_limits& limits) { return limits_ = limits, *this; }
    /// Largest body that collect() gathers, bytes.
    client_options& body_limit(std::size_t bytes) { return body_limit_ = bytes, *this; }
    /// How often a request is sent again by itself, at once, each kind counted for itself: what the
    /// server provably did not process (a refused stream, a GOAWAY); an idempotent request that it
    /// may have processed (request::idempotent); and, on a connection that carried nothing before,
    /// what was sent on a kept HTTP/1.1 connection that closed without a byte of response, which is
    /// once at the most where the request is not idempotent. One that was not sent at all, since
    /// its connection ended first, may come back more often. 0 forbids all of it.
    client_options& max_replays(unsigned times) { return max_replays_ = times, *this; }
    /// When a request is tried again that failed, or was answered with a status that may pass (429,
    /// 503; of an idempotent request 408, 409, 425 and 5xx, too). The last response is then the
    /// result. Not set: an aloft::client tries nothing again but what max_replays() covers, an
    /// autoglm::client has the defaults of retry_rules. A request may say otherwise.
    client_options& retries(const retry_rules& rules) { return retries_ = rules, *this; }
    /// Retries for each request to an origin in the long run, 0.1 by default. Beyond it a request
    /// fails that could be tried again; one retry each three seconds is always allowed. Infinity
    /// takes the bound away.
    client_options& retry_budget(double share) { return retry_budget_ = share, *this; }
    /// Holds back retries, the more of them the fewer attempts an origin accepts: none as long as
    /// it accepted one of `attempts` in the last two minutes. 2 by default, never with infinity.
    client_options& retry_throttle(double attempts) { return retry_throttle_ = attempts, *this; }
    /// Which redirects are followed, and how far.
    client_options& redirects(const redirect_rules& rules) { return redirects_ = rules, *this; }
    /// Whether compressed responses are asked for (accept-encoding: gzip, deflate, br, zstd) and
    /// decoded as they are read, streams of events included. Headers are left as they came. On by
    /// default.
    client_options& decompress(bool yes) { return decompress_ = yes, *this; }
    /// How far a compressed response may unfold.
    client_options& decoding(const decoding_limits& limits) { return decoding_ = limits, *this; }
    /// What request bodies are compressed with; nothing by default.
    client_options& compress(compression with) { return compress_ = with, *this; }
    client_options& tls(tls_options options) { return tls_ = std::move(options), *this; }
    client_options& tcp(const tcp_options& options) { return tcp_ = options, *this; }
    client_options& dns(dns_options options) { return dns_ = std::move(options), *this; }
    client_options& proxy(proxy_options options) { return proxy_ = std::move(options), *this; }
    /// Who is asked about names in place of the name servers; may serve several clients.
    client_options& resolver(std::shared_ptr<custom_resolver> who)
    {
        return resolver_ = std::move(who), *this;
    }
    /// Who makes connections in place of the client; may serve several clients. Names are then its
    /// own to look up.
    client_options& connector(std::shared_ptr<custom_connector> who)
    {
        return connector_ = std::move(who), *this;
    }
    /// Who is told of each phase of requests and connections; may serve several clients of one
    /// executor.
    client_options& observe(std::shared_ptr<aloft::observer> who)
    {
        return observer_ = std::move(who), *this;
    }
    /// Asked for the `traceparent` of each attempt whose request has none (W3C Trace Context), on
    /// the client's executor: `return span.child();` joins requests to a trace of the caller's. A
    /// context of no trace sends nothing. What is sent again because the server did not process it
    /// keeps what it had. The function must be quick and must not throw.
    using tracer = std::function<trace_context(const request&)>;
    client_options& trace(tracer span_of) { return tracer_ = std::move(span_of), *this; }
    /// Where `host` and `port` lead, in place of what DNS says; `addresses` are IP addresses, most
    /// wanted first. Host field, SNI and certificate check are those of `host` still. A client
    /// cannot be made with an address that is none.
    client_options& resolve(std::string host, std::uint16_t port,
                            std::vector<std::string> addresses)
    {
        resolved_[{std::move(host), port}] = std::move(addresses);
        return *this;
    }
    /// Every connection leads to this Unix socket, whatever the URL's host.
    client_options& unix_socket(std::string path) { return unix_socket_ = std::move(path), *this; }
    /// A field of every request that does not carry one of that name.
    client_options& header(std::string_view name, std::string_view value)
    {
        return headers_.set(name, value), *this;
    }

    [[nodiscard]] std::size_t max_in_flight() const noexcept { return max_in_flight_; }
    [[nodiscard]] std::size_t max_waiting() const noexcept { return max_waiting_; }
    [[nodiscard]] const std::optional<rate_limits>& rates() const noexcept { return rates_; }
    [[nodiscard]] const std::optional<adaptive_concurrency>& adaptive() const noexcept
    {
        return adaptive_;
    }
    [[nodiscard]] std::size_t streams_per_connection() const noexcept
    {
        return streams_per_connection_;
    }
    [[nodiscard]] std::size_t max_connections() const noexcept { return max_connections_; }
    [[nodiscard]] std::size_t min_connections() const noexcept { return min_connections_; }
    [[nodiscard]] time_limit max_age() const noexcept { return max_age_; }
    [[nodiscard]] time_limit ping_after() const noexcept { return ping_after_; }
    [[nodiscard]] time_limit ping_timeout() const noexcept { return ping_timeout_; }
    [[nodiscard]] time_limit write_stall() const noexcept { return write_stall_; }
    [[nodiscard]] std::size_t max_dials() const noexcept { return max_dials_; }
    [[nodiscard]] std::chrono::milliseconds idle_http2() const noexcept { return idle_http2_; }
    [[nodiscard]] std::chrono::milliseconds idle_http1() const noexcept { return idle_http1_; }
    [[nodiscard]] http_version version() const noexcept { return version_; }
    [[nodiscard]] const aloft::deadlines& deadlines() const noexcept { return deadlines_; }
    [[nodiscard]] const session_limits& limits() const noexcept { return limits_; }
    [[nodiscard]] std::size_t body_limit() const noexcept { return body_limit_; }
    [[nodiscard]] unsigned max_replays() const noexcept { return max_replays_; }
    [[nodiscard]] const std::optional<retry_rules>& retries() const noexcept { return retries_; }
    [[nodiscard]] double retry_budget() const noexcept { return retry_budget_; }
    [[nodiscard]] double retry_throttle() const noexcept { return retry_throttle_; }
    [[nodiscard]] const redirect_rules& redirects() const noexcept { return redirects_; }
    [[nodiscard]] bool decompress() const noexcept { return decompress_; }
    [[nodiscard]] const decoding_limits& decoding() const noexcept { return decoding_; }
    [[nodiscard]] compression compress() const noexcept { return compress_; }
    [[nodiscard]] const tls_options& tls() const noexcept { return tls_; }
    [[nodiscard]] const tcp_options& tcp() const noexcept { return tcp_; }
    [[nodiscard]] const dns_options& dns() const noexcept { return dns_; }
    [[nodiscard]] const proxy_options& proxy() const noexcept { return proxy_; }
    [[nodiscard]] const std::shared_ptr<custom_resolver>& resolver() const noexcept
    {
        return resolver_;
    }
    [[nodiscard]] const std::shared_ptr<custom_connector>& connector() const noexcept
    {
        return connector_;
    }
    [[nodiscard]] aloft::observer* observer() const noexcept { return observer_.get(); }
    [[nodiscard]] const tracer& trace() const noexcept { return tracer_; }
    using resolve_table = std::map<std::pair<std::string, std::uint16_t>, std::vector<std::string>>;
    [[nodiscard]] const resolve_table& resolved() const noexcept { return resolved_; }
    [[nodiscard]] const std::string& unix_socket() const noexcept { return unix_socket_; }
    [[nodiscard]] const fields& headers() const noexcept { return headers_; }

private:
    std::size_t max_in_flight_ = 1024;
    std::size_t max_waiting_ = 65536;
    std::optional<rate_limits> rates_;
    std::optional<adaptive_concurrency> adaptive_;
    std::size_t streams_per_connection_ = 100;
    std::size_t max_connections_ = 1000;
    std::size_t max_dials_ = 64;
    std::size_t min_connections_ = 0;
    time_limit max_age_{std::chrono::minutes(10)};
    time_limit ping_after_{std::chrono::seconds(15)};
    time_limit ping_timeout_{std::chrono::seconds(10)};
    time_limit write_stall_{std::chrono::seconds(30)};
    std::chrono::milliseconds idle_http2_{90'000};
    std::chrono::milliseconds idle_http1_{4'000};
    http_version version_ = http_version::negotiated;
    aloft::deadlines deadlines_ = aloft::deadlines::defaults();
    session_limits limits_;
    std::size_t body_limit_ = 16 * 1024 * 1024;
    unsigned max_replays_ = 2;
    std::optional<retry_rules> retries_;
    double retry_budget_ = 0.1;
    double retry_throttle_ = 2;
    redirect_rules redirects_;
    bool decompress_ = true;
    compression compress_ = compression::none;
    decoding_limits decoding_;
    tls_options tls_;
    tcp_options tcp_;
    dns_options dns_;
    proxy_options proxy_;
    std::shared_ptr<custom_resolver> resolver_;
    std::shared_ptr<custom_connector> connector_;
    std::shared_ptr<aloft::observer> observer_;
    tracer tracer_;
    resolve_table resolved_;
    std::string unix_socket_;
    fields headers_;
};

} // namespace aloft
