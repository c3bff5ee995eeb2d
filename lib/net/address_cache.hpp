#pragma once

#include "base/timer_wheel.hpp"
#include "net/address_source.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace aloft::net {

/// How much of what name servers said is remembered, and how long.
struct cache_limits {
    std::size_t hosts = 1024; ///< the one used longest ago makes room for the next; 0: none
    std::chrono::milliseconds shortest{5'000}; ///< an answer holds at least so long,
    std::chrono::milliseconds longest{300'000}; ///< and at most so long
    std::chrono::milliseconds stale{3'600'000}; ///< and this much longer while nothing newer comes
};

/// What name servers said of hosts, by time that is given. No I/O, no clock.
class address_cache {
public:
    enum class age {
        fresh,
        ageing, ///< still holds, but not for long: worth asking again ahead of time
        stale, ///< better than nothing, while the name servers do not answer
    };
    struct entry {
        std::string host;
        std::vector<asio::ip::address> addresses;
        tick learned;
        tick expires;
    };

    explicit address_cache(const cache_limits& limits) : limits_{limits} {}

    /// Null for a host that is not known, or no longer. Holds until the next put or forget.
    const entry* find(const std::string& host, tick now);
    age age_of(const entry& known, tick now) const;
    void put(const std::string& host, host_addresses found, tick now);
    void forget(const std::string& host);
    std::size_t size() const noexcept { return by_host_.size(); }

private:
    using entries = std::list<entry>; // the one used last first

    cache_limits limits_;
    entries entries_;
    std::unordered_map<std::string, entries::iterator> by_host_;
};

} // namespace aloft::net
