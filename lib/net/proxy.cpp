#include "net/proxy.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace aloft::net {
namespace {

// The fields of RFC 1929, 2 have one byte for their length; HTTP has no bound, but here the same.
constexpr std::size_t longest_credential = 255;

std::optional<proxy> refuse(net_error& error, std::string why)
{
    error = {errc::invalid_request, std::move(why)};
    return std::nullopt;
}

} // namespace

std::string proxy::name() const
{
    std::string text = speaks == protocol::http     ? "http://"
                       : speaks == protocol::socks5 ? "socks5://"
                                                    : "socks5h://";
    const bool v6 = host.find(':') != std::string::npos;
    return text.append(v6 ? "[" + host + "]" : host).append(":").append(std::to_string(port));
}

std::optional<proxy> parse_proxy(std::string_view text, net_error& error)
{
    const bool has_scheme = text.find("://") != text.npos;
    const std::string whole = (has_scheme ? "" : "http://") + std::string{text};
    const auto parsed = boost::urls::parse_uri(whole);
    if (parsed.has_error() || parsed->encoded_host().empty())
        return refuse(error, "the proxy is no URL; it should look like http://host:port or "
                             "socks5h://host:port");
    proxy made;
    const std::string scheme{parsed->scheme()};
    if (scheme == "socks5")
        made.speaks = proxy::protocol::socks5;
    else if (scheme == "socks5h")
        made.speaks = proxy::protocol::socks5h;
    else if (scheme != "http")
        return refuse(error, "a proxy is http://, socks5:// or socks5h://, not " + scheme + "://");
    if (parsed->encoded_path().size() > 1 || parsed->has_query() || parsed->has_fragment())
        return refuse(error, "a proxy's URL ends with its port");

    made.host = parsed->host_address();
    if (parsed->has_port()) {
        made.port = parsed->port_number();
        if (made.port == 0)
            return refuse(error, "the proxy's port is none");
    }
    made.user = parsed->user();
    made.password = parsed->password();
    if (made.user.size() > longest_credential || made.password.size() > longest_credential)
        return refuse(error, "a proxy's user and password have 255 bytes at the most");
    return made;
}

} // namespace aloft::net
