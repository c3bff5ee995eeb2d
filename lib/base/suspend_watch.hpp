#pragma once

#include "base/timer_wheel.hpp"

#include <cstdint>
#include <optional>

namespace aloft {

/// Notices that the machine was suspended: the time of day went on then, and the steady clock, on
/// which all timers run, did not. A clock set forward by hand looks the same, and is harmless: what
/// follows is a question to the peer.
class suspend_watch {
public:
    /// Compares both clocks, in ticks, with what they showed the last time.
    void look(tick steady, tick wall) noexcept
    {
        const auto ahead = static_cast<std::int64_t>(wall - steady);
        if (ahead_ && ahead >= *ahead_ + jump)
            total_ += static_cast<tick>(ahead - *ahead_);
        ahead_ = ahead;
    }
    /// All suspensions together.
    [[nodiscard]] tick total() const noexcept { return total_; }

private:
    // Less than that is a clock being corrected, or two clocks being read one after the other.
    static constexpr std::int64_t jump = 2000;

    std::optional<std::int64_t> ahead_; // of the wall clock
    tick total_ = 0;
};

} // namespace aloft
