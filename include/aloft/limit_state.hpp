#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace aloft {

/// How the limits of one origin stand at this moment: client::limits().
class limit_state {
public:
    std::size_t in_flight = 0; ///< requests that were admitted
    std::size_t waiting = 0; ///< requests that wait to be
    std::optional<std::size_t> concurrency; ///< how many are given to the server at once, where
                                            ///< that is learned
    std::optional<std::int64_t> requests_left; ///< that may be sent at once: by our limit or by the
                                               ///< server's word, whichever is less
    std::optional<std::int64_t> tokens_left; ///< the same; negative after a large request
    std::uint64_t overloads = 0; ///< how often the server said that it has too much (429, 503...)
};

} // namespace aloft
