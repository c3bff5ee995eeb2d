#pragma once

#include <chrono>
#include <cstdint>

namespace aloft {

/// When a second copy of a request is sent because the first one's answer is late. Whichever
/// answers first is taken, and the other is cancelled on the wire; the server may bill both.
/// Setters chain; each default stands in docs/limits.md.
class hedge_rules {
public:
    /// The share of requests that have their first event earlier than a hedge is sent, of those of
    /// about the same size that were answered lately.
    constexpr hedge_rules& percentile(double share) { return percentile_ = share, *this; }
    /// The least time before a hedge is sent.
    constexpr hedge_rules& least_delay(std::chrono::milliseconds time)
    {
        return least_delay_ = time, *this;
    }
    /// Hedges for each request in the long run.
    constexpr hedge_rules& budget(double share) { return budget_ = share, *this; }

    [[nodiscard]] constexpr double percentile() const noexcept { return percentile_; }
    [[nodiscard]] constexpr std::chrono::milliseconds least_delay() const noexcept
    {
        return least_delay_;
    }
    [[nodiscard]] constexpr double budget() const noexcept { return budget_; }

private:
    double percentile_ = 0.95;
    std::chrono::milliseconds least_delay_{45};
    double budget_ = 0.05;
};

/// What hedging came to, and what it cost.
class hedge_counts {
public:
    std::uint64_t sent = 0; ///< second copies; a server may bill each
    std::uint64_t won = 0; ///< of these, the ones that were answered first
    std::uint64_t lost_bytes = 0; ///< sent and received for copies that were given up
};

} // namespace aloft
