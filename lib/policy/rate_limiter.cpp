#include "policy/rate_limiter.hpp"

#include <algorithm>

namespace aloft::policy {
namespace {

std::optional<std::int64_t> least(std::optional<std::int64_t> a, std::optional<std::int64_t> b)
{
    if (a && b)
        return std::min(*a, *b);
    return a ? a : b;
}

} // namespace

rate_limiter::rate_limiter(const rate_limits& limits) : follow_server_(limits.follow_server())
{
    if (limits.requests_per_minute() != 0)
        requests_.emplace(limits.requests_per_minute(), limits.request_burst());
    if (limits.tokens_per_minute() != 0)
        tokens_.emplace(limits.tokens_per_minute(), limits.token_burst());
}

tick rate_limiter::ready_at(std::uint64_t tokens, tick now) const noexcept
{
    auto at = std::max(server_requests_.ready_at(1, now), server_tokens_.ready_at(tokens, now));
    if (requests_)
        at = std::max(at, requests_->ready_at(1, now));
    if (tokens_)
        at = std::max(at, tokens_->ready_at(tokens, now));
    return at;
}

void rate_limiter::take(std::uint64_t tokens, tick now) noexcept
{
    if (requests_)
        requests_->take(1, now);
    if (tokens_)
        tokens_->take(tokens, now);
    server_requests_.take(1);
    server_tokens_.take(tokens);
}

void rate_limiter::give_back(std::uint64_t tokens) noexcept
{
    if (requests_)
        requests_->give_back(1);
    if (tokens_)
        tokens_->give_back(tokens);
    server_requests_.give_back(1);
    server_tokens_.give_back(tokens);
}

void rate_limiter::settle(std::uint64_t taken, std::uint64_t used, tick now) noexcept
{
    if (used <= taken) {
        if (tokens_)
            tokens_->give_back(taken - used);
        server_tokens_.give_back(taken - used);
    } else {
        if (tokens_)
            tokens_->take(used - taken, now);
        server_tokens_.take(used - taken);
    }
}

void rate_limiter::observe(const fields& head, tick now, std::int64_t unix_time)
{
    if (!follow_server_)
        return;
    server_requests_.observe(rate_limit_fields::of(head, "requests", unix_time), now);
    server_tokens_.observe(rate_limit_fields::of(head, "tokens", unix_time), now);
}

void rate_limiter::refused(std::optional<std::chrono::milliseconds> time, tick now)
{
    if (follow_server_ && time)
        server_requests_.exhausted(*time, now);
}

std::optional<std::int64_t> rate_limiter::requests_left(tick now) const noexcept
{
    return least(requests_ ? std::optional(requests_->level(now)) : std::nullopt,
                 server_requests_.remaining(now));
}

std::optional<std::int64_t> rate_limiter::tokens_left(tick now) const noexcept
{
    return least(tokens_ ? std::optional(tokens_->level(now)) : std::nullopt,
                 server_tokens_.remaining(now));
}

} // namespace aloft::policy
