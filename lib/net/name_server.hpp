#pragma once

#include "base/asio_fwd.hpp"

#include <boost/asio/ip/udp.hpp>

#include <optional>
#include <string>

namespace aloft::net {

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53" or "[2001:db8::53]:53"; port 53 where none is
/// given. Empty for what is no such address.
std::optional<asio::ip::udp::endpoint> parse_name_server(const std::string& text);

} // namespace aloft::net
