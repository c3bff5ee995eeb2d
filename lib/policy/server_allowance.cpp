#include "policy/server_allowance.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace aloft::policy {
namespace {

using std::chrono::milliseconds;

constexpr double day = 86'400'000; // ms; no reset is read as longer

/// Milliseconds of a unit of Go's durations; 0 where it is none.
double unit_of(std::string_view name)
{
    if (name == "h")
        return 3'600'000;
    if (name == "m")
        return 60'000;
    if (name == "s")
        return 1'000;
    if (name == "ms")
        return 1;
    if (name == "us" || name == "\xC2\xB5s" || name == "\xCE\xBCs")
        return 1e-3;
    return name == "ns" ? 1e-6 : 0;
}

milliseconds at_least_nothing(double ms)
{
    return milliseconds(static_cast<std::int64_t>(std::ceil(std::clamp(ms, 0.0, day))));
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
    double value = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc() || at != end || !(value >= -1) || value > 1e15)
        return {};
    return static_cast<std::uint64_t>(std::max(value, 0.0));
}

} // namespace

std::optional<milliseconds> parse_reset(std::string_view text, std::int64_t unix_time)
{
    const auto* at = text.data();
    const auto* const end = at + text.size();
    double total = 0;
    if (text.empty())
        return {};
    while (at != end) {
        double value = 0;
        const auto [number_end, ec] = std::from_chars(at, end, value, std::chars_format::fixed);
        if (ec != std::errc() || !std::isfinite(value))
            return {};
        if (number_end == end && at == text.data()) { // no unit: seconds, or a time of day
            constexpr double year_2001 = 1e9;
            if (value >= year_2001 * 1e3)
                return at_least_nothing(value - static_cast<double>(unix_time) * 1e3);
            if (value >= year_2001)
                value -= static_cast<double>(unix_time);
            return at_least_nothing(value * 1e3);
        }
        const auto* unit_end = std::find_if(
            number_end, end, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
        const auto unit = unit_of({number_end, static_cast<std::size_t>(unit_end - number_end)});
        if (unit == 0)
            return {};
        total += value * unit;
        at = unit_end;
    }
    return at_least_nothing(total);
}

rate_limit_fields rate_limit_fields::of(const fields& head, std::string_view unit,
                                        std::int64_t unix_time)
{
    const auto value = [&](std::string_view which) {
        std::string name = "x-ratelimit-";
        name.append(which).append("-").append(unit);
        return head.get(name);
    };
    rate_limit_fields said;
    if (const auto text = value("limit"))
        said.limit = parse_count(*text);
    if (const auto text = value("remaining"))
        said.remaining = parse_count(*text);
    if (const auto text = value("reset"))
        said.reset = parse_reset(*text, unix_time);
    return said;
}

void server_allowance::observe(const rate_limit_fields& said, tick now)
{
    if (!said.remaining)
        return;
    // What is under way is known here and not yet there.
    const auto there = static_cast<double>(*said.remaining);
    remaining_ = now < full_at_ ? std::min(left(now), there) : there;
    limit_ = static_cast<double>(said.limit.value_or(0));
    const auto named = said.reset.value_or(milliseconds(60'000)).count();
    seen_at_ = now;
    full_at_ = now + std::min(static_cast<tick>(named), longest_reset);
    rate_ =
        named > 0 && limit_ > remaining_ ? (limit_ - remaining_) / static_cast<double>(named) : 0;
}

void server_allowance::exhausted(milliseconds time, tick now)
{
    const auto until =
        now + std::min(static_cast<tick>(std::max<std::int64_t>(time.count(), 0)), longest_reset);
    remaining_ = now < full_at_ ? std::min(remaining_, 0.0) : 0;
    rate_ = 0;
    seen_at_ = now;
    full_at_ = std::max(full_at_, until);
}

tick server_allowance::ready_at(std::uint64_t units, tick now) const noexcept
{
    if (now >= full_at_)
        return now;
    auto wanted = static_cast<double>(units);
    if (limit_ != 0)
        wanted = std::min(wanted, limit_);
    const auto missing = wanted - left(now);
    if (missing <= 0)
        return now;
    if (rate_ == 0)
        return full_at_;
    return std::min(full_at_, now + static_cast<tick>(std::ceil(missing / rate_)));
}

std::optional<std::int64_t> server_allowance::remaining(tick now) const noexcept
{
    if (now >= full_at_)
        return {};
    return static_cast<std::int64_t>(std::floor(left(now)));
}

} // namespace aloft::policy
