#pragma once

#include <algorithm>
#include <cstddef>

namespace aloft::pool {

/// The numbers on which a pool decides whether to grow.
class counts {
public:
    std::size_t waiting = 0;
    std::size_t connections = 0; ///< that may still take streams, now or later
    std::size_t aged = 0; ///< of those, the ones that leave as soon as another takes their place
    std::size_t dials = 0; ///< under way
    std::size_t coming = 0; ///< slots expected of new connections whose peer has not told its limit
    std::size_t streams_per_dial = 1; ///< what a new connection is expected to carry
    std::size_t min_connections = 0;
    std::size_t max_connections = 1;
    std::size_t max_dials = 1;
};

/// How many dials to start: dials under way count as capacity, and so does what connections will
/// take once their SETTINGS are there, so that neither a herd of connections nor a queue forms
/// while one is being opened. An aged connection is replaced beside all that.
constexpr std::size_t dials_to_start(const counts& now)
{
    const auto less = [](std::size_t a, std::size_t b) { return a > b ? a - b : 0; };
    const auto unserved = less(now.waiting, now.coming);
    const auto for_waiters = (unserved + now.streams_per_dial - 1) / now.streams_per_dial;
    const auto staying = less(now.connections, now.aged);
    const auto wanted = std::max(for_waiters, less(now.min_connections, staying)) + now.aged;
    const auto room = less(now.max_connections, staying + now.dials);
    return std::min({less(wanted, now.dials), room, less(now.max_dials, now.dials)});
}

} // namespace aloft::pool
