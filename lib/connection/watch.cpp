#include "connection/connection.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace aloft {
namespace {

std::string seconds(tick span)
{
    const auto tenths = (span + 50) / 100;
    auto text = std::to_string(tenths / 10);
    if (tenths % 10 != 0)
        text += "." + std::to_string(tenths % 10);
    return text + " s";
}

} // namespace

void connection::watch(const liveness_limits& limits)
{
    liveness_.watch(limits, timers_.now());
}

// The first stream of a connection that had none: from now on silence means something.
void connection::watch_streams()
{
    const auto now = timers_.now();
    liveness_.used(now);
    look_by(now + liveness_.limits().quiet);
}

void connection::watch_writing()
{
    const auto limit = liveness_.limits().write_stall;
    if (limit == liveness_limits::never)
        return;
    const auto now = timers_.update();
    liveness_.write_blocked(now);
    look_by(now + limit);
}

void connection::look_by(tick at)
{
    if (!watch_.armed() || at < watch_.deadline())
        timers_.arm(watch_, at);
}

void connection::ask(liveness::cause why)
{
    session_->ping();
    schedule_flush();
    if (!liveness_.watching())
        return;
    // The time runs from here on, whenever the PING can leave.
    const auto now = timers_.now();
    liveness_.asked(now, why);
    look_by(now + liveness::patience);
}

void connection::ping()
{
    if (!ended_)
        ask(liveness::cause::interest);
}

void connection::suspect()
{
    if (!ended_)
        ask(liveness::cause::suspicion);
}

bool connection::slept()
{
    const auto total = timers_.slept();
    return total != std::exchange(slept_, total);
}

bool connection::check()
{
    if (ended_)
        return false;
    if (in_turn_ || liveness_.silent_for(timers_.now()) == 0)
        return true;
    const auto self = shared_from_this();
    read_available();
    return !draining();
}

void connection::look()
{
    if (ended_)
        return;
    const auto self = shared_from_this();
    const auto now = timers_.now();
    if (session_->active() != 0 && slept())
        suspect(); // the peer may have given us up meanwhile
    auto found = liveness_.look(now, session_->active() != 0);
    if (found.what == liveness::step::unanswered) {
        read_available(); // the loop may have been held up, and the answer lie there
        if (ended_)
            return;
        found = liveness_.look(now, session_->active() != 0);
    }
    if (found.what == liveness::step::ask) {
        ask(liveness::cause::silence);
        found = liveness_.look(now, true);
    }
    if (found.what == liveness::step::unanswered)
        return lost(errc::ping_timeout,
                    "nothing was heard for " + seconds(liveness_.silent_for(now)) +
                        ", no answer to a PING within " + seconds(liveness_.limits().answer));
    if (found.what == liveness::step::stalled)
        return lost(errc::write_stalled,
                    "the server took no byte for " + seconds(liveness_.limits().write_stall));
    if (found.next != liveness_limits::never)
        look_by(found.next);
    if (found.what == liveness::step::degraded && observer_ != nullptr)
        observer_->slots_changed(*this);
}

void connection::lost(errc why, std::string detail)
{
    error_detail_ = std::move(detail);
    fail(why);
}

} // namespace aloft
