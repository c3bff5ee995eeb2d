#pragma once

#include <aloft/error.hpp>
#include <aloft/tls_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A model server that has no model: it speaks AutoGLM's wire (chat completions as vLLM sends them)
/// over HTTP/2 and HTTP/1.1, in clear text or TLS, at a pace and with the faults it is told. For
/// tests of what calls models, and for load.
namespace aloft::sim {

/// How long something takes, drawn anew each time.
class distribution {
public:
    using microseconds = std::chrono::microseconds;

    /// Always zero.
    distribution() = default;
    static distribution constant(microseconds value);
    static distribution uniform(microseconds low, microseconds high);
    static distribution exponential(microseconds mean);
    /// The logarithm is normal: half of the values lie below `median`, and one in six above
    /// median * e^sigma.
    static distribution lognormal(microseconds median, double sigma);

    /// From text: "constant:20ms" or just "20ms", "uniform:10ms,30ms", "exponential:20ms",
    /// "lognormal:120ms,0.5"; units are us, ms and s. Without a value `problem` says what is wrong.
    static std::optional<distribution> parse(std::string_view text, std::string& problem);

    /// The value that two independent numbers, evenly spread over (0, 1], lead to.
    [[nodiscard]] microseconds at(double u, double v) const noexcept;
    [[nodiscard]] microseconds mean() const noexcept;

private:
    enum class shape : std::uint8_t { constant, uniform, exponential, lognormal };
    distribution(shape kind, double first, double second) :
        kind_(kind), first_(first), second_(second)
    {
    }

    shape kind_ = shape::constant;
    double first_ = 0;
    double second_ = 0;
};

struct fault_rule;

/// What goes wrong, and with which requests. As text it has a rule a line, `WHEN: FAULT`; the first
/// rule whose WHEN holds for a chat completion counts. Empty lines and what follows a # are
/// skipped.
///
///     every 10: status 503 retry-after 2
///     request 7: reset CANCEL after 3
///     requests 20-29: stall 5s after 10
///     probability 0.01: error vllm code 503 after 5
///     always: max-streams 16
///
/// WHEN counts chat completions from 1 in the order in which they arrive; `probability` depends on
/// the seed and that number alone. `after K` means when K events have been sent and the next one
/// is due; without it the fault strikes when the request's head arrives (`status`, `stall`,
/// `truncate` and `error` once it was read). FAULT is one of
///
/// - `status CODE [FORM] [retry-after VALUE] [header NAME VALUE] [message TEXT]`: an error
/// response.
///   FORM is the body's shape: openai, vllm, sglang, llama.cpp, zai, string, detail, text; by
///   default that of the dialect.
/// - `reset [CODE] [after K]`: RST_STREAM, CODE a number or a name of RFC 9113, 7 (INTERNAL_ERROR);
///   HTTP/1.1 closes the connection.
/// - `refuse`: RST_STREAM with REFUSED_STREAM before anything was processed.
/// - `goaway [CODE] [last ID] [after K]`: GOAWAY (NO_ERROR); ID is the last stream it will process,
///   by default this one. The request itself goes on. HTTP/1.1 closes the connection after it.
/// - `stall [TIME] [head | after K]`: nothing for TIME, or ever; `head` keeps back the head, too.
/// - `garbage [after K]`: bytes that are not HTTP, and nothing more for this request.
/// - `truncate [after K]`: ends properly, but without finish reason and [DONE].
/// - `cut [after K]`: closes the connection in the middle of a frame or chunk.
/// - `error [FORM] [code N] [message TEXT] [after K]`: an error event, then the end as that server
///   does it (openai, vllm, sglang, llama.cpp, zai). N is a status, or a code of z.ai such as 1302.
/// - `max-streams N [after K]`: lowers SETTINGS_MAX_CONCURRENT_STREAMS; the request itself goes on.
/// - `close [after K]`: closes the connection.
///
/// TEXT with spaces is put in double quotes. A request may also ask for a fault itself, in the
/// field `x-sim-fault: FAULT`.
class fault_script {
public:
    fault_script() = default;
    /// Without a value `problem` names the line and what is wrong with it.
    static std::optional<fault_script> parse(std::string_view text, std::string& problem);

    /// Appends the rules of `other`.
    fault_script& append(const fault_script& other);
    [[nodiscard]] const std::vector<std::shared_ptr<const fault_rule>>& rules() const noexcept
    {
        return rules_;
    }

private:
    std::vector<std::shared_ptr<const fault_rule>> rules_;
};

/// Whose wire a simulator speaks. What differs: the chunk of the role and that of the end, where
/// usage stands, members of their own, the bodies of errors and what follows an error within a
/// stream.
enum class dialect : std::uint8_t {
    vllm,
    sglang, ///< nulls for what there is not; matched_stop
    llama_cpp, ///< the head comes with the first token; timings; comments while nothing is sent
    openai, ///< service_tier and obfuscation; "usage":null in all chunks but the last
    zai, ///< the role in every delta, usage with the finish reason, codes such as "1302"
};
/// By its name: vllm, sglang, llama.cpp, openai, zai.
std::optional<dialect> find_dialect(std::string_view name) noexcept;

/// How a simulator behaves. A value; setters chain.
class options {
public:
    options();

    /// Where to listen: an address, "localhost" (127.0.0.1) or "" for every address. Default:
    /// 127.0.0.1.
    options& address(std::string text) { return address_ = std::move(text), *this; }
    /// Default 0: any free port.
    options& port(std::uint16_t number) { return port_ = number, *this; }
    /// Speaks TLS instead of clear text.
    options& tls(tls_server_options settings) { return tls_ = std::move(settings), *this; }
    /// Speaks TLS with a certificate for localhost, 127.0.0.1 and ::1 made at listen(); see
    /// server::certificate().
    options& self_signed(bool yes) { return self_signed_ = yes, *this; }

    /// Whose wire it speaks. Default: vLLM's.
    options& dialect(sim::dialect whose) { return dialect_ = whose, *this; }
    /// Whether thinking is told apart, in the field that the dialect has for it (reasoning,
    /// reasoning_content; OpenAI tells nothing of it), and not between <think> tags. Default: no.
    options& separate_reasoning(bool yes) { return separate_reasoning_ = yes, *this; }
    /// Everything drawn by chance follows from it. Default: 1.
    options& seed(std::uint64_t value) { return seed_ = value, *this; }
    /// Makes a reply depend on seed and messages instead of seed and number of the request. A
    /// request with a field `x-sim-key` gets the reply of that key either way.
    options& reply_by_prompt(bool yes) { return reply_by_prompt_ = yes, *this; }
    /// From the end of the request to the first token. Default: lognormal:150ms,0.4.
    options& first_token(distribution time) { return first_token_ = time, *this; }
    /// From one token to the next. Default: lognormal:25ms,0.3.
    options& token_gap(distribution time) { return token_gap_ = time, *this; }
    /// Tokens, and so content events, of a reply, evenly spread. Default: 50.
    options& tokens(std::size_t low, std::size_t high)
    {
        return tokens_low_ = low, tokens_high_ = high < low ? low : high, *this;
    }
    options& tokens(std::size_t count) { return tokens(count, count); }
    /// The models there are. Default: autoglm-phone-9b.
    options& models(std::vector<std::string> names) { return models_ = std::move(names), *this; }
    /// Requests without `authorization: Bearer KEY` get 401. Default "": all are let in.
    options& api_key(std::string key) { return api_key_ = std::move(key), *this; }

    /// SETTINGS_MAX_CONCURRENT_STREAMS. Default: 1000.
    options& max_concurrent_streams(std::uint32_t streams) { return streams_ = streams, *this; }
    /// Connections beyond it are closed at once. Default: 16,384.
    options& max_connections(std::size_t count) { return max_connections_ = count, *this; }
    /// Requests in flight on all connections; beyond it they are refused. Default: 65,536.
    options& max_requests(std::size_t count) { return max_requests_ = count, *this; }
    /// Largest request body, bytes; a larger one gets 413. Default: 64 MiB.
    options& body_limit(std::size_t bytes) { return body_limit_ = bytes, *this; }
    /// A connection without a request for this long is ended (GOAWAY, or closed). Default: 75 s.
    options& idle_timeout(std::chrono::milliseconds time) { return idle_timeout_ = time, *this; }
    /// After so many requests a connection takes no more (GOAWAY, `Connection: close`). Default 0:
    /// no limit.
    options& requests_per_connection(std::uint64_t count)
    {
        return requests_per_connection_ = count, *this;
    }
    options& faults(fault_script script) { return faults_ = std::move(script), *this; }

    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] const std::optional<tls_server_options>& tls() const noexcept { return tls_; }
    [[nodiscard]] bool self_signed() const noexcept { return self_signed_; }
    [[nodiscard]] sim::dialect dialect() const noexcept { return dialect_; }
    [[nodiscard]] bool separate_reasoning() const noexcept { return separate_reasoning_; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    [[nodiscard]] bool reply_by_prompt() const noexcept { return reply_by_prompt_; }
    [[nodiscard]] const distribution& first_token() const noexcept { return first_token_; }
    [[nodiscard]] const distribution& token_gap() const noexcept { return token_gap_; }
    [[nodiscard]] std::size_t tokens_low() const noexcept { return tokens_low_; }
    [[nodiscard]] std::size_t tokens_high() const noexcept { return tokens_high_; }
    [[nodiscard]] const std::vector<std::string>& models() const noexcept { return models_; }
    [[nodiscard]] const std::string& api_key() const noexcept { return api_key_; }
    [[nodiscard]] std::uint32_t max_concurrent_streams() const noexcept { return streams_; }
    [[nodiscard]] std::size_t max_connections() const noexcept { return max_connections_; }
    [[nodiscard]] std::size_t max_requests() const noexcept { return max_requests_; }
    [[nodiscard]] std::size_t body_limit() const noexcept { return body_limit_; }
    [[nodiscard]] std::chrono::milliseconds idle_timeout() const noexcept { return idle_timeout_; }
    [[nodiscard]] std::uint64_t requests_per_connection() const noexcept
    {
        return requests_per_connection_;
    }
    [[nodiscard]] const fault_script& faults() const noexcept { return faults_; }

private:
    std::string address_ = "127.0.0.1";
    std::optional<tls_server_options> tls_;
    std::uint64_t seed_ = 1;
    distribution first_token_;
    distribution token_gap_;
    std::size_t tokens_low_ = 50;
    std::size_t tokens_high_ = 50;
    std::vector<std::string> models_{"autoglm-phone-9b"};
    std::string api_key_;
    std::size_t max_connections_ = 16'384;
    std::size_t max_requests_ = 65'536;
    std::size_t body_limit_ = std::size_t{64} << 20;
    std::chrono::milliseconds idle_timeout_{75'000};
    std::uint64_t requests_per_connection_ = 0;
    fault_script faults_;
    std::uint32_t streams_ = 1000;
    std::uint16_t port_ = 0;
    sim::dialect dialect_ = sim::dialect::vllm;
    bool separate_reasoning_ = false;
    bool self_signed_ = false;
    bool reply_by_prompt_ = false;
};

/// What a simulator has done so far.
struct counters {
    std::uint64_t connections = 0; ///< accepted, handshake done
    std::uint64_t failed_handshakes = 0;
    std::uint64_t connections_open = 0;
    std::uint64_t requests = 0; ///< of all kinds
    std::uint64_t completions = 0; ///< chat completions among them
    std::uint64_t in_flight = 0; ///< requests not over yet
    std::uint64_t peak_in_flight = 0;
    std::uint64_t events = 0; ///< server-sent events handed to connections
    std::uint64_t finished = 0; ///< requests answered whole
    std::uint64_t cancelled = 0; ///< requests the client reset or whose connection it closed
    std::uint64_t tokens_saved = 0; ///< tokens not made because of that
    std::uint64_t faults = 0; ///< faults that struck
    std::uint64_t rejected = 0; ///< requests answered 4xx of the simulator's own accord
};

/// The simulator on an event loop. `POST /v1/chat/completions`, `GET /v1/models` and
/// `/v1/models/{id}` (each also without /v1), `GET /health`.
///
/// The executor must not run handlers side by side (a one-thread io_context, or a strand); every
/// call comes on it.
class server {
public:
    server(boost::asio::any_io_executor executor, sim::options settings);
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    /// As stop().
    ~server();

    /// Begins to accept. Where that is not possible (port taken, certificate unusable) returns the
    /// error, with `problem` saying it in words.
    error_code listen(std::string& problem);
    /// The same, throwing boost::system::system_error.
    void listen();
    /// Accepts no more and closes every connection. Final.
    void stop();

    /// The port listened on; 0 before listen().
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// Where its chat completions are, less the path: "https://127.0.0.1:8443/v1".
    [[nodiscard]] std::string base_url() const;
    /// The self-signed certificate (PEM) for clients to trust, or "".
    [[nodiscard]] const std::string& certificate() const noexcept;
    [[nodiscard]] sim::counters counters() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace aloft::sim
