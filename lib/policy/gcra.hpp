#pragma once

#include "base/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>

namespace aloft::policy {

/// So many units a minute, by the generic cell rate algorithm (ITU-T I.371): `tat`, the theoretical
/// arrival time, moves on with what is taken and may run ahead of the clock by `burst` units. In
/// whole nanoseconds, each sum rounded up, so that no rounding lets more through.
class gcra {
public:
    /// \param per_minute  at least 1
    /// \param burst       units that may be taken at once; at least 1. In any minute at most
    ///                    per_minute + burst are taken.
    gcra(std::uint64_t per_minute, std::uint64_t burst) noexcept :
        per_minute_(std::clamp(per_minute, std::uint64_t{1}, most_units)),
        burst_(std::clamp(burst, std::uint64_t{1}, most_units)),
        ahead_(time_of(burst_))
    {
    }

    /// The first tick at which `units` may be taken. More than the burst may be taken once the
    /// burst is there, and is paid for afterwards.
    [[nodiscard]] tick ready_at(std::uint64_t units, tick now) const noexcept
    {
        const auto earliest = tat_ + time_of(std::min(units, burst_)) - ahead_;
        return earliest <= at(now) ? now : static_cast<tick>((earliest + per_tick - 1) / per_tick);
    }
    void take(std::uint64_t units, tick now) noexcept
    {
        tat_ = std::max(tat_, at(now)) + time_of(units);
    }
    /// Gives back what was taken and not used.
    void give_back(std::uint64_t units) noexcept { tat_ -= time_of(units); }
    /// What may be taken at once; negative after more than the burst was taken.
    [[nodiscard]] std::int64_t level(tick now) const noexcept
    {
        const auto used = std::max<std::int64_t>(tat_ - at(now), 0);
        const auto units = static_cast<double>(used) * static_cast<double>(per_minute_) /
                           static_cast<double>(minute);
        return static_cast<std::int64_t>(burst_) - static_cast<std::int64_t>(units);
    }
    [[nodiscard]] std::uint64_t per_minute() const noexcept { return per_minute_; }

private:
    static constexpr std::int64_t per_tick = 1'000'000;
    static constexpr std::uint64_t minute = 60'000'000'000;
    // What is left of a division by most_units still fits when multiplied by a minute.
    static constexpr std::uint64_t most_units = 300'000'000;

    static std::int64_t at(tick now) noexcept { return static_cast<std::int64_t>(now) * per_tick; }
    [[nodiscard]] std::int64_t time_of(std::uint64_t units) const noexcept
    {
        units = std::min(units, most_units);
        const auto whole = units / per_minute_ * minute;
        const auto part = (units % per_minute_ * minute + per_minute_ - 1) / per_minute_;
        return static_cast<std::int64_t>(whole + part);
    }

    std::uint64_t per_minute_;
    std::uint64_t burst_;
    std::int64_t ahead_;
    std::int64_t tat_ = 0; // ns
};

} // namespace aloft::policy
