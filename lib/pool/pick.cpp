#include "pool/origin_pool.hpp"

namespace aloft::pool {

// The first with room below the target, so that streams gather on few connections and a read brings
// many events. Beyond the target only when no connection may be opened.
pooled_connection* origin_pool::pick()
{
    // What a read brought may not have been told yet, so the lists are only nearly right.
    while (!below_target_.empty()) {
        auto& c = below_target_.front();
        place(c);
        if (c.listed == pooled_connection::room::target)
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

pooled_connection* origin_pool::reserve(pooled_connection& c)
{
    ++c.reserved;
    place(c);
    return &c;
}

void origin_pool::place(pooled_connection& c)
{
    using room = pooled_connection::room;
    if (!c.retired && c.connection->draining())
        retire(c);
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
    if (--usable_ == 0)
        reaching_since_ = env_.timers.now();
}

} // namespace aloft::pool
