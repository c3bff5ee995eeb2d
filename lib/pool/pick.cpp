#include "pool/origin_pool.hpp"

#include <algorithm>
#include <utility>

namespace aloft::pool {

// The first with room below the target, so that streams gather on few connections and a read brings
// many events. Beyond the target only when no connection may be opened.
pooled_connection* origin_pool::pick()
{
    // What a read brought may not have been told yet, so the lists are only nearly right.
    while (!below_target_.empty()) {
        auto& c = below_target_.front();
        place(c);
        if (c.listed == pooled_connection::room::target && fit_for_use(c))
            return &c;
    }
    while (!spare_.empty() && !may_grow() && dials_.empty()) {
        auto& c = spare_.front();
        place(c);
        if (c.listed == pooled_connection::room::target)
            return &c;
        if (c.listed == pooled_connection::room::none)
            continue;
        spare_.splice(spare_.end(), spare_, connection_list::s_iterator_to(c)); // in turn
        return &c;
    }
    return nullptr;
}

// One that carried nothing before, or that carries many streams: such a server says which of them
// it gives up as it leaves.
pooled_connection* origin_pool::pick_unused()
{
    const auto suits = [](const pooled_connection& c) { return c.unused || c.multiplexed; };
    for (;;) {
        const auto at = std::find_if(below_target_.begin(), below_target_.end(), suits);
        if (at == below_target_.end())
            return nullptr;
        auto& c = *at;
        place(c);
        if (c.listed == pooled_connection::room::target && fit_for_use(c))
            return &c;
    }
}

// Whether a connection that carries nothing is still what it seems to be. Where it is not it has
// left the list, or is gone; where that is doubtful it is asked first, since a request sent in vain
// may not be sent again.
bool origin_pool::fit_for_use(pooled_connection& c)
{
    if (!c.idle())
        return true;
    auto& held = *c.connection;
    const bool slept = held.slept();
    if (!held.check())
        return false;
    if (slept && !c.multiplexed) {
        held.drain(); // its time ran out while nobody could look
        place(c);
        return false;
    }
    const auto silent = held.life().silent_for(env_.timers.now());
    if (c.multiplexed && held.life().watching() && (slept || silent >= held.life().limits().quiet))
        held.suspect();
    place(c);
    return c.listed == pooled_connection::room::target;
}

pooled_connection* origin_pool::reserve(pooled_connection& c)
{
    ++c.reserved;
    enlist(c); // it was placed when it was picked
    return &c;
}

// Keeps `c` counted right, and in the list where it belongs.
void origin_pool::place(pooled_connection& c)
{
    if (!c.retired && c.connection->draining())
        retire(c);
    const bool doubted =
        !c.retired && !c.connection->life().takes_streams() && !c.connection->life().probed();
    if (doubted != c.doubted) {
        c.doubted = doubted;
        doubted ? ++doubted_ : --doubted_;
    }
    enlist(c);
}

void origin_pool::enlist(pooled_connection& c)
{
    using room = pooled_connection::room;
    const auto now = c.measure(env_.options.streams_per_connection());
    if (now == c.listed)
        return;
    if (c.is_linked())
        c.unlink();
    c.listed = now;
    if (now == room::target)
        below_target_.push_back(c);
    else if (now == room::spare)
        spare_.push_back(c);
}

void origin_pool::retire(pooled_connection& c)
{
    c.retired = true;
    c.age_.disarm();
    if (std::exchange(c.aged, false))
        --aged_;
    if (std::exchange(c.doubted, false))
        --doubted_;
    if (--usable_ == 0)
        reaching_since_ = env_.timers.now();
}

} // namespace aloft::pool
