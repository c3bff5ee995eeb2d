#include "configuration/settings.hpp"

namespace aloft::tools {

using namespace std::chrono_literals;
using kind = value_rules::kind;
using values = configuration;
using std::chrono::milliseconds;

void add_deadline_settings(settings& to)
{
    const auto clock = or_off(times(1ms, 8760h * 10));
    add_setting<time_limit>(
        to, "deadlines.total", "Most a request may take", clock,
        [](values& v, time_limit time) { v.deadlines.total(time); },
        [](const values& v) { return v.deadlines.total(); })
        .flag({"--max-time", "SECONDS", {}, {}});
    add_setting<time_limit>(
        to, "deadlines.connect", "Most that connecting may take", clock,
        [](values& v, time_limit time) { v.deadlines.connect(time); },
        [](const values& v) { return v.deadlines.connect(); })
        .flag({"--connect-timeout", "SECONDS", {}, {}})
        .rare();
    add_setting<time_limit>(
        to, "deadlines.queue", "Most that it may wait for its turn", clock,
        [](values& v, time_limit time) { v.deadlines.queue(time); },
        [](const values& v) { return v.deadlines.queue(); });
    add_setting<time_limit>(
        to, "deadlines.head", "Most that the response may let wait for its head", clock,
        [](values& v, time_limit time) { v.deadlines.head(time); },
        [](const values& v) { return v.deadlines.head(); });
    add_setting<time_limit>(
        to, "deadlines.first_event", "From there to the first event", clock,
        [](values& v, time_limit time) { v.deadlines.first_event(time); },
        [](const values& v) { return v.deadlines.first_event(); });
    add_setting<time_limit>(
        to, "deadlines.gap", "Between two events", clock,
        [](values& v, time_limit time) { v.deadlines.gap(time); },
        [](const values& v) { return v.deadlines.gap(); });
}

namespace {

void add_pool_settings(settings& to)
{
    add_setting<std::size_t>(
        to, "connections.max", "Connections at the most", counts(1, 60'000),
        [](values& v, std::size_t n) { v.http.max_connections(n); },
        [](const values& v) { return v.http.max_connections(); })
        .of(patient_commands)
        .flag({"--max-connections", "N", {}, {}}, command::run);
    add_setting<std::size_t>(
        to, "connections.min", "Connections that are kept", counts(0, 60'000),
        [](values& v, std::size_t n) { v.http.min_connections(n); },
        [](const values& v) { return v.http.min_connections(); })
        .of(patient_commands);
    add_setting<std::size_t>(
        to, "connections.max_dials", "Connections being opened at once", counts(1, 60'000),
        [](values& v, std::size_t n) { v.http.max_dials(n); },
        [](const values& v) { return v.http.max_dials(); })
        .of(model_commands);
    add_setting<std::size_t>(
        to, "connections.streams", "HTTP/2 streams of one before another is opened",
        counts(1, 1'000'000), [](values& v, std::size_t n) { v.http.streams_per_connection(n); },
        [](const values& v) { return v.http.streams_per_connection(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "connections.idle_http2", "How long an unused one is kept", times(1ms, 24h),
        [](values& v, milliseconds time) { v.http.idle_timeout(time, v.http.idle_http1()); },
        [](const values& v) { return v.http.idle_http2(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "connections.idle_http1", "The same for HTTP/1.1", times(1ms, 24h),
        [](values& v, milliseconds time) { v.http.idle_timeout(v.http.idle_http2(), time); },
        [](const values& v) { return v.http.idle_http1(); })
        .of(model_commands);
    add_setting<time_limit>(
        to, "connections.max_age", "After which it is replaced", or_off(times(1ms, 8760h)),
        [](values& v, time_limit time) { v.http.max_age(time); },
        [](const values& v) { return v.http.max_age(); })
        .of(model_commands);
    add_setting<time_limit>(
        to, "connections.ping_after", "HTTP/2: silence after which the server gets a PING",
        or_off(times(1ms, 24h)),
        [](values& v, time_limit time) { v.http.ping(time, v.http.ping_timeout()); },
        [](const values& v) { return v.http.ping_after(); });
    add_setting<milliseconds>(
        to, "connections.ping_timeout", "How long its answer may take", times(1ms, 24h),
        [](values& v, milliseconds time) { v.http.ping(v.http.ping_after(), time); },
        [](const values& v) { return v.http.ping_timeout().duration(); });
    add_setting<time_limit>(
        to, "connections.write_stall", "How long a server may take no byte",
        or_off(times(1ms, 24h)), [](values& v, time_limit time) { v.http.write_stall(time); },
        [](const values& v) { return v.http.write_stall(); });
}

} // namespace

void add_connection_settings(settings& to)
{
    using texts = std::vector<std::string>;
    add_pool_settings(to);
    add_setting<std::string>(
        to, "connections.protocol", "Which HTTP is spoken; negotiated over TLS by default",
        one_of({"negotiated", "http1", "http2", "http2-prior-knowledge"}),
        [](values& v, std::string which) { v.protocol = std::move(which); },
        [](const values& v) { return v.protocol; })
        .flag({"--http1.1", {}, "http1", "Speak HTTP/1.1 only"})
        .flag({"--http2", {}, "http2", "Speak HTTP/2 only, on https://"})
        .flag({"--http2-prior-knowledge",
               {},
               "http2-prior-knowledge",
               "Speak HTTP/2 only, on http:// too"})
        .rare();
    add_setting<texts>(
        to, "connections.resolve", "HOST:PORT:ADDRESS[,ADDRESS]: where a name leads",
        any(kind::list), [](values& v, texts rules) { v.resolve = std::move(rules); },
        [](const values& v) { return v.resolve; })
        .flag({"--resolve", "RULE", {}, {}})
        .rare();
    add_setting<std::string>(
        to, "connections.unix_socket", "Connect to this Unix socket", any(kind::file),
        [](values& v, std::string path) { v.http.unix_socket(std::move(path)); },
        [](const values& v) { return v.http.unix_socket(); })
        .flag({"--unix-socket", "FILE", {}, {}})
        .rare();
    add_setting<texts>(
        to, "connections.dns_servers", "Ask these name servers: ADDRESS[:PORT][,ADDRESS[:PORT]...]",
        any(kind::list), [](values& v, texts servers) { v.name_servers = std::move(servers); },
        [](const values& v) { return v.name_servers; })
        .flag({"--dns-servers", "LIST", {}, {}})
        .rare();
    add_setting<time_limit>(
        to, "connections.keep_alive", "Silence after which TCP asks whether the peer is there",
        or_off(times(1s, 32'767s)),
        [](values& v, time_limit time) {
            using std::chrono::ceil;
            using std::chrono::seconds;
            v.http.tcp(
                tcp_options(v.http.tcp())
                    .keep_alive(time.limited() ? ceil<seconds>(time.duration()) : seconds(0)));
        },
        [](const values& v) {
            const auto time = v.http.tcp().keep_alive();
            return time.count() != 0 ? time_limit(time) : time_limit::off();
        })
        .flag({"--keepalive-time", "SECONDS", {}, {}})
        .flag({"--no-keepalive", {}, "off", "Never ask"})
        .rare();
}

namespace {

void add_proxy_settings(settings& to)
{
    add_setting<std::string>(
        to, "proxy.url",
        "http://, socks5:// or socks5h://HOST:PORT, or \"\" for none; else HTTPS_PROXY, HTTP_PROXY "
        "and ALL_PROXY say",
        any(kind::address), [](values& v, std::string url) { v.proxy.all(std::move(url)); },
        [](const values& v) {
            // What the environment says may differ.
            return v.proxy.for_https().empty() ? v.proxy.for_http() : v.proxy.for_https();
        })
        .flag({"--proxy,-x", "URL", {}, {}})
        .inherits("HTTPS_PROXY, HTTP_PROXY or ALL_PROXY")
        .rare();
    add_setting<std::string>(
        to, "proxy.user", "USER:PASSWORD for the proxy", any(kind::secret),
        [](values& v, std::string user) { v.proxy_user = std::move(user); },
        [](const values& v) { return v.proxy_user; })
        .flag({"--proxy-user,-U", "USER", {}, {}})
        .rare();
    add_setting<std::string>(
        to, "proxy.bypass", "Hosts to reach directly, with commas between; else NO_PROXY says",
        any(kind::text), [](values& v, std::string hosts) { v.proxy.bypass(std::move(hosts)); },
        [](const values& v) { return v.proxy.bypass(); })
        .flag({"--noproxy", "LIST", {}, {}})
        .inherits("NO_PROXY")
        .rare();
}

} // namespace

void add_security_settings(settings& to)
{
    using texts = std::vector<std::string>;
    add_setting<std::string>(
        to, "tls.ca_file", "Trust the authorities of this PEM file", any(kind::file),
        [](values& v, std::string path) { v.tls.ca_file(std::move(path)); },
        [](const values& v) { return v.tls.ca_file(); })
        .flag({"--cacert", "FILE", {}, {}})
        .rare();
    add_setting<bool>(
        to, "tls.insecure", "Accept any certificate", any(kind::truth),
        [](values& v, bool yes) { v.tls.insecure(yes); },
        [](const values& v) { return v.tls.insecure(); })
        .flag({"--insecure,-k", {}, "true", {}})
        .rare();
    add_setting<std::string>(
        to, "tls.certificate", "Show this certificate (PEM file)", any(kind::file),
        [](values& v, std::string path) { v.certificate = std::move(path); },
        [](const values& v) { return v.certificate; })
        .flag({"--cert", "FILE", {}, {}})
        .rare();
    add_setting<std::string>(
        to, "tls.key", "Its private key (PEM file), if it is not in the same file", any(kind::file),
        [](values& v, std::string path) { v.certificate_key = std::move(path); },
        [](const values& v) { return v.certificate_key; })
        .flag({"--key", "FILE", {}, {}})
        .rare();
    add_setting<std::string>(
        to, "tls.minimum_version", "The oldest TLS that is spoken", one_of({"1.2", "1.3"}),
        [](values& v, const std::string& version) {
            v.tls.minimum_version(version == "1.3" ? tls_version::tls13 : tls_version::tls12);
        },
        [](const values& v) {
            return std::string(v.tls.minimum_version() == tls_version::tls13 ? "1.3" : "1.2");
        })
        .flag({"--tlsv1.2", {}, "1.2", "TLS 1.2 or newer, as it is anyway"})
        .flag({"--tlsv1.3", {}, "1.3", "TLS 1.3 or newer"})
        .rare();
    add_setting<std::string>(
        to, "tls.server_name", "Expect the certificate of this name instead of the URL's host",
        any(kind::text), [](values& v, std::string name) { v.tls.server_name(std::move(name)); },
        [](const values& v) { return v.tls.server_name(); });
    add_setting<texts>(
        to, "tls.pinned_keys", "Public keys to accept: sha256//BASE64[;sha256//BASE64...]",
        any(kind::list), [](values& v, texts keys) { v.pinned_keys = std::move(keys); },
        [](const values& v) { return v.pinned_keys; })
        .flag({"--pinnedpubkey", "HASHES", {}, {}})
        .rare();
    add_proxy_settings(to);
}

} // namespace aloft::tools
