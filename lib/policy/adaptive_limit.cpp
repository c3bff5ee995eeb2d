#include "policy/adaptive_limit.hpp"

#include <algorithm>

namespace aloft::policy {

adaptive_limit::adaptive_limit(const adaptive_concurrency& how) noexcept :
    how_(how), gradient_(how.tolerance()), limit_(0)
{
    set(static_cast<double>(how.initial()));
}

void adaptive_limit::set(double limit) noexcept
{
    limit_ = std::clamp(limit, static_cast<double>(how_.least()), static_cast<double>(how_.most()));
}

void adaptive_limit::answered(std::size_t in_flight) noexcept
{
    if (how_.follows_first_token() || !used(in_flight))
        return;
    // A round is as many answers as the limit, so this doubles it a round, or adds one.
    set(limit_ + (slow_start_ ? 1 : 1 / limit_));
}

void adaptive_limit::overloaded(tick sent_at, tick now) noexcept
{
    if (sent_at <= decreased_at_)
        return; // it was sent under the limit that has been lowered already
    decreased_at_ = now;
    slow_start_ = false;
    set(limit_ * how_.decrease());
}

void adaptive_limit::first_token(double milliseconds, std::uint64_t prompt_tokens,
                                 std::size_t in_flight) noexcept
{
    if (!how_.follows_first_token())
        return;
    const auto gradient = gradient_.sample(milliseconds, prompt_tokens);
    if (gradient >= 1 && !used(in_flight))
        return;
    constexpr double smoothing = 0.2;
    set(limit_ * (1 - smoothing) + (limit_ * gradient + how_.queue()) * smoothing);
}

} // namespace aloft::policy
