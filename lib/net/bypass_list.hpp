#pragma once

#include "base/asio_fwd.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::net {

/// Hosts that no proxy is asked for, in the form of NO_PROXY.
class bypass_list {
public:
    /// Commas or blanks separate; what can be no host matches none.
    explicit bypass_list(std::string_view text = {});

    /// `host` is a name or an address, without brackets.
    bool matches(std::string_view host, std::uint16_t port) const;

private:
    struct rule {
        std::string name{}; ///< lower case, or empty: a network
        asio::ip::address network{};
        unsigned bits = 0; ///< that count
        std::uint16_t port = 0; ///< 0: any
    };

    void add(std::string_view text);
    static bool covers(const rule& one, const asio::ip::address& address);
    static bool names(const rule& one, std::string_view host);

    std::vector<rule> rules_;
    bool all_ = false;
};

} // namespace aloft::net
