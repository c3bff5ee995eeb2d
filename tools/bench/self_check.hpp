#pragma once

#include "bench/load.hpp"

#include <cstddef>
#include <string>

namespace aloft::tools::bench {

/// How far this program is off by itself: what it measured of a simulator less what that was told
/// to do, so that the simulator's own lateness is in it, too. Milliseconds.
class own_error {
public:
    double first_content_mean = 0;
    double first_content_p99 = 0;
    double gap_mean = 0; ///< between two tokens
    double gap_p99 = 0;
    std::size_t in_flight = 0; ///< streams at most while it was measured
    bool known = false;
    bool interrupted = false; ///< by a signal

    /// One line for people.
    [[nodiscard]] std::string text() const;
};

/// Measures it with a simulator of its own, within about a second, at the rate or with the streams
/// at once that each process will have under `load`, and over the version of HTTP that `server` is
/// likely to speak.
own_error check_self(const load_settings& load, std::size_t processes,
                     const autoglm::options& server);

} // namespace aloft::tools::bench
