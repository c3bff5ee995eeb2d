#pragma once

#include <cstdint>

namespace aloft::test {

/// What an episode came to.
class outcome {
public:
    std::uint64_t steps = 0; ///< things done, handlers run and timers fired
    std::uint64_t requests = 0;
    std::uint64_t trace = 0; ///< equal for equal runs
};

/// A client and hostile servers from start to end, all by chance from `seed`: at least `steps`
/// steps of trouble, then peace, in which everything must come to its end and nothing may be left.
/// Throws broken_promise where it is not so.
outcome run_episode(std::uint64_t seed, std::uint64_t steps);

} // namespace aloft::test
