#include "client/call.hpp"
#include "client/client_core.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>

namespace aloft::detail {
namespace {

replay_cause cause_of(progress sent) noexcept
{
    switch (sent) {
    case progress::unsent: return replay_cause::unsent;
    case progress::refused: return replay_cause::refused;
    case progress::stale: return replay_cause::stale;
    case progress::sent: break;
    }
    return replay_cause::idempotent;
}

} // namespace

void call::wait_in(count_over_time& where) noexcept
{
    waits_in_ = &where;
    where.enter(core_->timers->now());
}

void call::stop_waiting() noexcept
{
    if (auto* where = std::exchange(waits_in_, nullptr))
        where->leave(core_->timers->now());
}

void call::hold_permit() noexcept
{
    permit_held_ = true;
    core_->metrics.in_flight.enter(core_->timers->now());
}

void call::release_permit()
{
    if (!std::exchange(permit_held_, false))
        return;
    core_->metrics.in_flight.leave(core_->timers->now());
    give_back_permit();
}

void call::measure_answer() noexcept
{
    auto& m = core_->metrics;
    m.head.record(core_->timers->now() - phase_started_);
    ++m.answered[std::min<std::size_t>(exchange_->status / 100U, m.answered.size() - 1)];
}

void call::measure_replay(progress sent) noexcept
{
    ++core_->metrics.replays[static_cast<std::size_t>(cause_of(sent))];
}

void call::measure_end() noexcept
{
    auto& m = core_->metrics;
    if (exchange_) {
        m.received += exchange_->total_received;
        m.response_stalls += exchange_->stalls;
    }
    if (!failure_) {
        const auto now = core_->timers->now();
        ++m.succeeded;
        m.body.record(now - phase_started_);
        m.total.record(now - started_);
    } else if (failure_->code == boost::asio::error::operation_aborted) {
        ++m.cancelled;
    } else {
        ++m.failed[static_cast<std::size_t>(failure_->phase)];
    }
}

} // namespace aloft::detail
