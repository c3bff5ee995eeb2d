#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace aloft::net {

/// What makes two connections interchangeable: where they lead and what was agreed on the way.
struct endpoint_key {
    std::string host; ///< a name or an address, without brackets
    std::uint16_t port = 0;
    bool tls = false;
    std::string unix_path{}; ///< if set, where to connect; `host` is then only the name to verify
    std::vector<std::string> alpn{}; ///< offered, most wanted first; none: no ALPN extension

    auto operator<=>(const endpoint_key&) const = default;
};

} // namespace aloft::net
