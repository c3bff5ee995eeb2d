#pragma once

#include "net/net_error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::net {

/// A proxy, taken apart.
struct proxy {
    enum class protocol {
        http, ///< CONNECT (RFC 9110, 9.3.6)
        socks5, ///< RFC 1928, told addresses
        socks5h, ///< the same, told names
    };

    protocol speaks = protocol::http;
    std::string host{}; ///< without brackets
    std::uint16_t port = 1080;
    std::string user{};
    std::string password{};

    /// "http://host:port", for messages: never with the user or the password.
    std::string name() const;
};

/// Reads a proxy's URL as proxy_options describes it. Empty, with `error` saying why but not
/// repeating `text`, which may hold a password, for what cannot be used.
std::optional<proxy> parse_proxy(std::string_view text, net_error& error);

} // namespace aloft::net
