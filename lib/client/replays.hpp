#pragma once

#include "base/exchange.hpp"

#include <algorithm>
#include <cstdint>

namespace aloft {

/// How often one request was sent again without asking anybody, by what is known of the attempt
/// before. Each kind is bounded by itself: to have been refused once does not forbid to be spared a
/// connection that was closed meanwhile.
class replays {
public:
    /// Whether an attempt that came as far as `came` may be followed by another one; `most` is
    /// max_replays. What the server provably did not process is sent again, what it may have
    /// processed only where that does no harm (RFC 9110, 9.2.2).
    [[nodiscard]] bool allowed(progress came, unsigned most, bool harmless) const noexcept
    {
        switch (came) {
        case progress::unsent: return most != 0 && returned_ < most_returns;
        case progress::refused: return refused_ < most;
        case progress::stale: return stale_ < (harmless ? most : std::min(most, 1U));
        case progress::sent: return harmless && repeated_ < most;
        }
        return false;
    }
    void count(progress came) noexcept
    {
        switch (came) {
        case progress::unsent: ++returned_; break;
        case progress::refused: ++refused_; break;
        case progress::stale: ++stale_; break;
        case progress::sent: ++repeated_; break;
        }
    }

private:
    // A request that no byte was sent of only waited at the wrong door. Each time stands for a
    // connection that was opened and ended, as a server does that reloads while others knock.
    static constexpr unsigned most_returns = 16;

    std::uint8_t returned_ = 0;
    std::uint8_t refused_ = 0;
    std::uint8_t stale_ = 0;
    std::uint8_t repeated_ = 0;
};

} // namespace aloft
