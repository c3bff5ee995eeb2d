#pragma once

#include "base/timer_wheel.hpp"

#include <aloft/fields.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aloft::policy {

/// What a server said of one of its limits: `x-ratelimit-{limit,remaining,reset}-requests` or
/// `-tokens`. What it left out, or what cannot be read, is empty.
class rate_limit_fields {
public:
    /// \param unit       "requests" or "tokens"
    /// \param unix_time  of now, in seconds, for those who name a time of day
    static rate_limit_fields of(const fields& head, std::string_view unit, std::int64_t unix_time);

    std::optional<std::uint64_t> limit;
    std::optional<std::uint64_t> remaining;
    std::optional<std::chrono::milliseconds> reset;
};

/// A reset as servers write it: Go's durations ("6m0s", "1.5s", "120ms"), plain seconds, -1 and 0
/// (at once), or seconds since 1970. Empty where it is none of these.
std::optional<std::chrono::milliseconds> parse_reset(std::string_view text, std::int64_t unix_time);

/// The server's own account of one limit: what it says is left, less what was taken since, and
/// filling evenly until the reset it named. It knows of those who share the key, of which a limit
/// of our own does not. Until a server says something it is open.
class server_allowance {
public:
    /// What no server's word can make longer: after this time it is asked again.
    static constexpr tick longest_reset = 120'000;

    void observe(const rate_limit_fields& said, tick now);
    /// Nothing is left for so long (429).
    void exhausted(std::chrono::milliseconds time, tick now);

    /// The first tick at which `units` should be there.
    [[nodiscard]] tick ready_at(std::uint64_t units, tick now) const noexcept;
    void take(std::uint64_t units) noexcept { remaining_ -= static_cast<double>(units); }
    void give_back(std::uint64_t units) noexcept { remaining_ += static_cast<double>(units); }
    /// What should be left; empty where nothing is known.
    [[nodiscard]] std::optional<std::int64_t> remaining(tick now) const noexcept;

private:
    [[nodiscard]] double left(tick now) const noexcept
    {
        return remaining_ + rate_ * static_cast<double>(now - seen_at_);
    }

    double remaining_ = 0; // at seen_at_, and what was taken since
    double rate_ = 0; // units a tick it fills by
    double limit_ = 0; // 0: unknown
    tick seen_at_ = 0;
    tick full_at_ = 0; // from here on nothing is known
};

} // namespace aloft::policy
