#include "pool/aftermath.hpp"
#include "pool/origin_pool.hpp"

#include <utility>

namespace aloft::pool {

origin_pool::waiter_list& origin_pool::list_of(turn as) noexcept
{
    switch (as) {
    case turn::afresh: return afresh_;
    case turn::again: return replays_;
    case turn::first: break;
    }
    return queue_;
}

pooled_connection* origin_pool::pick_for(turn as)
{
    return as == turn::afresh ? pick_unused() : pick();
}

pooled_connection* origin_pool::acquire(slot_waiter& w, turn as)
{
    auto& mine = list_of(as);
    if (mine.empty() && (as != turn::first || replays_.empty())) {
        if (auto* c = pick_for(as)) {
            reserve(*c);
            if (usable_ + dials_.size() < env_.options.min_connections())
                warm_up();
            return c;
        }
    }
    mine.push_back(w);
    ++waiting_;
    warm_up();
    return nullptr;
}

void origin_pool::cancel(slot_waiter& w) noexcept
{
    if (w.is_linked()) {
        w.unlink();
        --waiting_;
    }
}

void origin_pool::give_back(pooled_connection& c)
{
    --c.reserved;
    place(c);
    watch_idle(c);
    serve(); // may find this one closed, and remove it
}

void origin_pool::closed(pooled_connection& c, const exchange& e)
{
    --c.open;
    switch (aftermath_of(e)) {
    case aftermath::nothing: break;
    case aftermath::completed: c.refused = false; break;
    case aftermath::refused:
        // One refusal may be a server that was busy; after another one it is left alone.
        if (std::exchange(c.refused, true))
            c.connection->drain();
        break;
    case aftermath::overloaded:
        if (!redial_.armed())
            hold_off();
        break;
    case aftermath::http1_required: require_http1(); break;
    case aftermath::stale: drain_idle(); break;
    }
    place(c);
}

void origin_pool::abandoned(pooled_connection& c, bool timed_out)
{
    --c.open;
    if (timed_out && c.multiplexed &&
        c.connection->life().silent_for(env_.timers.now()) >= liveness::patience)
        c.connection->suspect();
    place(c);
    watch_idle(c);
    const auto held = c.connection; // serving may find it closed, and remove `c`
    const bool reset = held->carried().active() > c.open;
    const bool quiet = c.open == 0;
    serve();
    // A reset stream keeps its slot until the peer shows life. Where somebody waits for it, or
    // nothing else is under way that would make the peer speak, it is asked to.
    if (reset && (waiting_ != 0 || quiet))
        held->ping();
}

// Whether there was somebody to hand a slot to, and a slot. A waiter gets a slot of its own, never
// a hint to try again.
bool origin_pool::serve_next(turn as)
{
    auto& waiters = list_of(as);
    if (waiters.empty())
        return false;
    auto* c = pick_for(as);
    if (c == nullptr)
        return false;
    auto& w = static_cast<slot_waiter&>(waiters.front());
    w.granted = reserve(*c);
    --waiting_;
    w.resume({}, detail::delivery::posted);
    return true;
}

// Those who were served once already come first, and within a turn it is first in, first out.
void origin_pool::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its slot back at once: the loop below goes on
    bool more = true;
    while (more)
        more = serve_next(turn::afresh) || serve_next(turn::again) || serve_next(turn::first);
    serving_ = false;
    grow();
}

// The last dial failed, which fails those whom nothing else can serve. Those who join while they
// learn of it wait for the next dial.
void origin_pool::fail_waiters(error_code why)
{
    waiter_list failed;
    failed.swap(afresh_);
    if (usable_ == 0) {
        failed.splice(failed.end(), replays_);
        failed.splice(failed.end(), queue_);
    }
    while (!failed.empty()) {
        --waiting_;
        failed.front().resume(why, detail::delivery::posted);
    }
}

} // namespace aloft::pool
