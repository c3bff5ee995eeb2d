#include "client/hedged_call.hpp"

#include "client/client_core.hpp"

#include <algorithm>
#include <utility>

namespace aloft::detail {

hedged_call::hedged_call(call_handle first, std::size_t size,
                         std::shared_ptr<policy::hedging> rules) :
    core_(first->core()), hedging_(std::move(rules)), size_(size)
{
    first_.carried = std::move(first);
}

hedged_call::~hedged_call()
{
    cancel();
}

bool hedged_call::start(waiter& user, error_code& ec)
{
    user_ = &user;
    const auto delay = hedging_->began(size_);
    if (!first_.carried->start(first_, false, ec)) {
        user_ = nullptr;
        return false;
    }
    if (delay) {
        delay_ = static_cast<tick>(delay->count());
        core_.timers->arm(alarm_, core_.timers->now() + delay_);
    }
    return true;
}

void hedged_call::cancel()
{
    user_ = nullptr;
    alarm_.disarm();
    for (auto* one : {&first_, &second_}) {
        if (one->carried)
            one->carried->cancelled_by(*one);
    }
}

pending_list& hedged_call::pending() noexcept
{
    return core_.pending;
}

call_handle hedged_call::take()
{
    return std::move((second_won_ ? second_ : first_).carried);
}

// The time is that of the attempt under way: what waits for its turn, or between two attempts, is
// not late.
void hedged_call::late()
{
    const auto now = core_.timers->now();
    const auto since = first_.carried->sent_at();
    if (!since)
        return core_.timers->arm(alarm_, now + delay_);
    if (now < *since + delay_)
        return core_.timers->arm(alarm_, *since + delay_);
    send_hedge();
}

// Never while others wait for their turn: it would only take it from them.
void hedged_call::send_hedge()
{
    if (core_.permits.waiting() != 0 || core_.closed || core_.draining())
        return;
    auto copy = first_.carried->hedge();
    if (!copy || !hedging_->take())
        return;
    second_.carried = std::move(copy);
    error_code ec;
    if (!second_.carried->start(second_, false, ec)) {
        second_.carried.reset();
        hedging_->give_back();
        return;
    }
}

void hedged_call::ended(racer& one, error_code ec, delivery how)
{
    one.outcome = ec;
    auto& other = &one == &first_ ? second_ : first_;
    if (!ec) {
        answered(one);
    } else if (&one == &second_) {
        if (!other.outcome)
            return drop(one); // the first is waited for still
        ec = *other.outcome;
        drop(one);
    } else if (second_.carried) {
        return; // the hedge is waited for still
    }
    alarm_.disarm();
    if (auto* user = std::exchange(user_, nullptr))
        user->resume(ec, how);
}

void hedged_call::answered(racer& winner)
{
    learn(first_);
    if (&winner == &second_) {
        learn(second_);
        second_won_ = true;
        hedging_->won();
        drop(first_);
    } else if (second_.carried) {
        drop(second_);
    }
}

// Its time to an answer; of one that lost, the time it had, which is less.
void hedged_call::learn(const racer& from)
{
    if (from.outcome && *from.outcome)
        return;
    if (const auto since = from.carried->sent_at())
        hedging_->answered(size_, std::chrono::milliseconds(core_.timers->now() - *since));
}

void hedged_call::drop(racer& loser)
{
    hedging_->lost(loser.carried->exchanged_bytes());
    loser.carried->cancelled_by(loser);
    loser.carried.reset();
}

} // namespace aloft::detail
