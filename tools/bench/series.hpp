#pragma once

#include "bench/measurements.hpp"

#include <vector>

namespace aloft::tools::bench {

/// What happened in one stretch of the run.
class stretch {
public:
    double begin = 0; ///< seconds since the start of the run
    std::uint64_t due = 0; ///< requests
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t events = 0; ///< arrived
    std::uint64_t content_events = 0; ///< of these, with text, thinking or a tool call
    std::uint64_t output_tokens = 0; ///< of the requests completed
    double in_flight = 0; ///< on average
    double first_content_median = 0; ///< of the requests that were due in it, ms; 0 where none
    double first_content_p99 = 0;
};

/// The whole run, warm-up included, in stretches of `seconds`, a whole number.
std::vector<stretch> series_of(const measurements& seen, std::uint32_t seconds);

} // namespace aloft::tools::bench
