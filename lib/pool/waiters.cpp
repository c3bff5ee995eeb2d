#include "pool/origin_pool.hpp"

#include <utility>

namespace aloft::pool {

pooled_connection* origin_pool::acquire(slot_waiter& w)
{
    if (queue_.empty()) {
        if (auto* c = pick())
            return reserve(*c);
    }
    queue_.push_back(w);
    ++waiting_;
    grow();
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
    serve();
    watch_idle(c);
}

void origin_pool::closed(pooled_connection& c)
{
    --c.open;
    place(c);
}

void origin_pool::abandoned(pooled_connection& c)
{
    --c.open;
    place(c);
    serve();
    watch_idle(c);
    // A reset stream keeps its slot until the peer shows life. Where somebody waits for it, or
    // nothing else is under way that would make the peer speak, it is asked to.
    if (c.connection->carried().active() > c.open && (waiting_ != 0 || c.open == 0))
        c.connection->ping();
}

// Hands slots to waiters, first in, first out. A waiter gets a slot of its own, never a hint to try
// again.
void origin_pool::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its slot back at once: the loop below goes on
    while (!queue_.empty()) {
        auto* c = pick();
        if (c == nullptr)
            break;
        auto& w = static_cast<slot_waiter&>(queue_.front());
        w.granted = reserve(*c);
        --waiting_;
        w.resume({}, detail::delivery::posted);
    }
    serving_ = false;
    grow();
}

} // namespace aloft::pool
