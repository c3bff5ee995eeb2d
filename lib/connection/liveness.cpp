#include "connection/liveness.hpp"

#include <algorithm>

namespace aloft {
namespace {

// A peer that answers PINGs and sends nothing else is slow, not gone. Servers built on gRPC allow
// three PINGs without content in between, further ones every 5 minutes.
constexpr std::uint8_t pings_in_vain = 3;
constexpr tick slow_peer_interval = 300'000;

tick later(tick since, tick span) noexcept
{
    return span == liveness_limits::never ? span : since + span;
}

} // namespace

tick liveness::silence_allowed() const noexcept
{
    if (asked_in_vain_ < pings_in_vain)
        return limits_.quiet << asked_in_vain_;
    return std::max(limits_.quiet << pings_in_vain, slow_peer_interval);
}

void liveness::asked(tick now, cause why) noexcept
{
    if (why == cause::silence && asked_in_vain_ < pings_in_vain)
        ++asked_in_vain_;
    if (state_ == state::alive) {
        asked_ = now;
        state_ = state::asked;
    }
    if (why == cause::suspicion && state_ == state::asked)
        state_ = state::probed;
}

liveness::decision liveness::look(tick now, bool streams) noexcept
{
    const auto stalled = blocked_ ? later(blocked_since_, limits_.write_stall) : never;
    if (now >= stalled)
        return {step::stalled, never};
    if (state_ == state::alive) {
        if (!streams || !watching())
            return {step::wait, stalled};
        const auto due = quiet_since_ + silence_allowed();
        return {now >= due ? step::ask : step::wait, std::min(stalled, due)};
    }
    const auto given_up = later(asked_, limits_.answer);
    if (now >= given_up)
        return {step::unanswered, never};
    const auto next = std::min(stalled, given_up);
    if (state_ == state::degraded)
        return {step::wait, next};
    if (now < asked_ + patience)
        return {step::wait, std::min(next, asked_ + patience)};
    state_ = state::degraded;
    return {step::degraded, next};
}

} // namespace aloft
