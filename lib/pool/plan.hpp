#pragma once

#include <algorithm>
#include <cstddef>

namespace aloft::pool {

/// The numbers on which a pool decides whether to grow.
class counts {
public:
    std::size_t waiting = 0;
    std::size_t connections = 0; ///< that may still take streams, now or later
    std::size_t dials = 0; ///< under way
    std::size_t coming = 0; ///< slots expected of new connections whose peer has not told its limit
    std::size_t streams_per_dial = 1; ///< what a new connection is expected to carry
    std::size_t max_connections = 1;
    std::size_t max_dials = 1;
};

/// How many dials to start: dials under way count as capacity, and so does what connections will
/// take once their SETTINGS are there, so that neither a herd of connections nor a queue forms
/// while one is being opened.
constexpr std::size_t dials_to_start(const counts& now)
{
    const auto unserved = now.waiting > now.coming ? now.waiting - now.coming : 0;
    const auto wanted = (unserved + now.streams_per_dial - 1) / now.streams_per_dial;
    const auto held = now.connections + now.dials;
    const auto room = now.max_connections > held ? now.max_connections - held : 0;
    const auto allowed = std::min(room, now.max_dials > now.dials ? now.max_dials - now.dials : 0);
    return std::min(allowed, wanted > now.dials ? wanted - now.dials : 0);
}

} // namespace aloft::pool
