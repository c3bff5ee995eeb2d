#include "transport_arguments.hpp"

#include "seconds_argument.hpp"

#include <aloft/error.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace aloft::tools {
namespace {

[[noreturn]] void refuse(const std::string& why)
{
    throw boost::system::system_error(errc::invalid_request, why);
}

} // namespace

void transport_arguments::add_to(CLI::App& command)
{
    command.add_option("--max-time", max_time_, "Most a request may take; no bound by default")
        ->type_name("SECONDS")
        ->check(seconds_argument());
    command
        .add_option("--connect-timeout", connect_timeout_,
                    "Most that connecting may take; 10 s by default")
        ->type_name("SECONDS")
        ->check(seconds_argument());
    auto* const http1 = command.add_flag("--http1.1", http1_, "Speak HTTP/1.1 only");
    auto* const http2 = command.add_flag("--http2", http2_, "Speak HTTP/2 only, on https://");
    command
        .add_flag("--http2-prior-knowledge", prior_knowledge_, "Speak HTTP/2 only, on http:// too")
        ->excludes(http1)
        ->excludes(http2);
    http2->excludes(http1);
    add_security_to(command);
    add_ways_to(command);
    add_proxies_to(command);
}

void transport_arguments::add_security_to(CLI::App& command)
{
    command.add_option("--cacert", ca_file_, "Trust the authorities of this PEM file")
        ->type_name("FILE");
    command.add_flag("--insecure,-k", insecure_, "Accept any certificate");
    auto* const cert =
        command.add_option("--cert", certificate_, "Show this certificate (PEM file)")
            ->type_name("FILE");
    command.add_option("--key", key_, "Its private key (PEM file), if it is not in the same file")
        ->type_name("FILE")
        ->needs(cert);
    command.add_flag("--tlsv1.2", tls12_, "TLS 1.2 or newer, as it is anyway");
    command.add_flag("--tlsv1.3", tls13_, "TLS 1.3 or newer");
    command
        .add_option("--pinnedpubkey", pins_,
                    "Public keys to accept: sha256//BASE64[;sha256//BASE64...]")
        ->type_name("HASHES");
}

void transport_arguments::add_ways_to(CLI::App& command)
{
    command.add_option("--resolve", resolve_, "HOST:PORT:ADDRESS[,ADDRESS]: where a name leads")
        ->type_name("RULE")
        ->allow_extra_args(false);
    command.add_option("--unix-socket", unix_socket_, "Connect to this Unix socket")
        ->type_name("FILE");
    command
        .add_option("--dns-servers", name_servers_,
                    "Ask these name servers: ADDRESS[:PORT][,ADDRESS[:PORT]...]")
        ->type_name("LIST");
    command
        .add_option("--keepalive-time", keep_alive_,
                    "Silence after which TCP asks whether the peer is there")
        ->type_name("SECONDS")
        ->check(CLI::Range(1U, 32'767U))
        ->capture_default_str();
    command.add_flag("--no-keepalive", no_keep_alive_, "Never ask");
}

void transport_arguments::add_proxies_to(CLI::App& command)
{
    command
        .add_option(
            "--proxy,-x", proxy_,
            "http://, socks5:// or socks5h://HOST:PORT, or \"\" for none; else HTTPS_PROXY, "
            "HTTP_PROXY and ALL_PROXY say")
        ->type_name("URL");
    command.add_option("--proxy-user,-U", proxy_user_, "USER:PASSWORD for the proxy")
        ->type_name("USER");
    command
        .add_option("--noproxy", no_proxy_,
                    "Hosts to reach directly, with commas between; else NO_PROXY says")
        ->type_name("LIST");
}

client_options transport_arguments::make(std::string_view url) const
{
    if (http2_ && !url.starts_with("https://"))
        refuse("--http2 is agreed on within TLS, so it needs an https:// URL; on http:// there is "
               "--http2-prior-knowledge");
    client_options http;
    http.tls(security()).dns(names()).proxy(proxies());
    http.tcp(tcp_options().keep_alive(std::chrono::seconds(no_keep_alive_ ? 0 : keep_alive_)));
    deadlines limits;
    if (max_time_ > 0)
        limits.total(std::chrono::duration<double>(max_time_));
    if (connect_timeout_ > 0)
        limits.connect(std::chrono::duration<double>(connect_timeout_));
    http.deadlines(limits);
    if (http1_)
        http.version(http_version::http1);
    if (http2_ || prior_knowledge_)
        http.version(http_version::http2);
    for (const auto& given : resolve_)
        add_resolved(http, given);
    if (!unix_socket_.empty())
        http.unix_socket(unix_socket_);
    return http;
}

tls_options transport_arguments::security() const
{
    tls_options tls;
    tls.insecure(insecure_);
    if (!ca_file_.empty())
        tls.ca_file(ca_file_);
    if (!certificate_.empty())
        tls.certificate_file(certificate_, key_.empty() ? certificate_ : key_);
    if (tls13_)
        tls.minimum_version(tls_version::tls13);
    if (!pins_.empty())
        tls.pin(pins_);
    return tls;
}

proxy_options transport_arguments::proxies() const
{
    auto made = proxy_options::from_environment();
    if (proxy_)
        made.all(*proxy_);
    if (no_proxy_)
        made.bypass(*no_proxy_);
    const auto colon = std::min(proxy_user_.find(':'), proxy_user_.size());
    made.credentials(proxy_user_.substr(0, colon),
                     proxy_user_.substr(std::min(colon + 1, proxy_user_.size())));
    return made;
}

dns_options transport_arguments::names() const
{
    dns_options made;
    for (std::string_view rest = name_servers_; !rest.empty();) {
        const auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        made.server(std::string(one));
    }
    return made;
}

void transport_arguments::add_resolved(client_options& to, const std::string& given) const
{
    const std::string_view text(given);
    const auto first = text.find(':');
    const auto second = first == text.npos ? first : text.find(':', first + 1);
    std::uint16_t port = 0;
    if (second == text.npos ||
        std::from_chars(text.data() + first + 1, text.data() + second, port).ptr !=
            text.data() + second) {
        refuse("--resolve wants HOST:PORT:ADDRESS, not \"" + given + "\"");
    }
    std::vector<std::string> addresses;
    for (auto rest = text.substr(second + 1); !rest.empty();) {
        auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (one.starts_with('[') && one.ends_with(']'))
            one = one.substr(1, one.size() - 2);
        addresses.emplace_back(one);
    }
    if (addresses.empty())
        refuse("--resolve names no address in \"" + given + "\"");
    to.resolve(std::string(text.substr(0, first)), port, std::move(addresses));
}

} // namespace aloft::tools
