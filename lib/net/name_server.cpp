#include "net/name_server.hpp"

#include <aloft/error.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <cstdint>

namespace aloft::net {

std::optional<asio::ip::udp::endpoint> parse_name_server(const std::string& text)
{
    constexpr std::uint16_t dns = 53;
    error_code ec;
    if (const auto bare = asio::ip::make_address(text, ec); !ec)
        return asio::ip::udp::endpoint{bare, dns};

    const std::string url = "dns://" + text;
    const auto with_port = boost::urls::parse_uri(url);
    if (with_port.has_error() || !with_port->has_port() || with_port->has_userinfo() ||
        with_port->port_number() == 0 || !with_port->encoded_path().empty())
        return std::nullopt;
    const auto address = asio::ip::make_address(std::string{with_port->host_address()}, ec);
    if (ec)
        return std::nullopt;
    return asio::ip::udp::endpoint{address, with_port->port_number()};
}

} // namespace aloft::net
