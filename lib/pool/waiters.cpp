#include "pool/aftermath.hpp"
#include "pool/origin_pool.hpp"

#include <utility>

namespace aloft::pool {

pooled_connection* origin_pool::acquire(slot_waiter& w, bool again)
{
    auto& queue = again ? replays_ : queue_;
    if (replays_.empty() && (again || queue_.empty())) {
        if (auto* c = pick()) {
            reserve(*c);
            if (usable_ + dials_.size() < env_.options.min_connections())
                warm_up();
            return c;
        }
    }
    queue.push_back(w);
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
    case aftermath::stale: drain_unused(); break;
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

// Hands slots to waiters, first in, first out; those who were served once already come first. A
// waiter gets a slot of its own, never a hint to try again.
void origin_pool::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its slot back at once: the loop below goes on
    while (waiting_ != 0) {
        auto* c = pick();
        if (c == nullptr)
            break;
        auto& w = static_cast<slot_waiter&>(replays_.empty() ? queue_.front() : replays_.front());
        w.granted = reserve(*c);
        --waiting_;
        w.resume({}, detail::delivery::posted);
    }
    serving_ = false;
    grow();
}

// Those who join while the others learn of it wait for the next dial.
void origin_pool::fail_waiters(error_code why)
{
    waiter_list failed;
    failed.swap(replays_);
    failed.splice(failed.end(), queue_);
    while (!failed.empty()) {
        --waiting_;
        failed.front().resume(why, detail::delivery::posted);
    }
}

} // namespace aloft::pool
