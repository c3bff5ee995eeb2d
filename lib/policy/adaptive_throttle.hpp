#pragma once

#include "base/timer_wheel.hpp"

#include <array>
#include <cstdint>

namespace aloft::policy {

/// How likely another attempt is in vain, from what came of the last two minutes' attempts: the
/// client-side throttling of Google's SRE book, chapter 21. An attempt counts once its outcome is
/// known, so that requests that take minutes do not pass for refused ones.
class adaptive_throttle {
public:
    /// \param k  attempts that are made for each one that is accepted; from 1, 2 is usual, and
    /// infinity refuses none
    explicit adaptive_throttle(double k) noexcept : k_(k) {}

    void count(bool accepted, tick now) noexcept;
    /// The probability with which an attempt should not be made.
    [[nodiscard]] double refusal(tick now) noexcept;

private:
    static constexpr tick slot_length = 10'000;
    static constexpr std::size_t slots = 12;
    static constexpr double unjudged = 10; // attempts in vain that say nothing yet

    struct slot {
        std::uint32_t attempts = 0;
        std::uint32_t accepted = 0;
    };

    void turn(tick now) noexcept;

    double k_;
    std::array<slot, slots> ring_{};
    slot sum_;
    tick at_ = 0; // number of the slot that is counted into
};

} // namespace aloft::policy
