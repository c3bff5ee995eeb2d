#include "pool/origin_pool.hpp"

#include <algorithm>

namespace aloft::pool {
namespace {

tick ticks(std::chrono::milliseconds span)
{
    return static_cast<tick>(span.count());
}

} // namespace

// A server that says how long it keeps a connection is believed by 80 %, the rest being for the way
// of a request; one that does not is taken for uvicorn, which waits 5 s.
tick origin_pool::idle_limit(const pooled_connection& c) const
{
    const auto& options = env_.options;
    if (c.multiplexed)
        return ticks(options.idle_http2());
    if (const auto told = c.connection->carried().peer_idle())
        return std::min(*told * 4 / 5, ticks(options.idle_http2()));
    return ticks(options.idle_http1());
}

void origin_pool::watch_idle(pooled_connection& c)
{
    if (c.idle() && !c.retired)
        env_.timers.arm(c.idle_, env_.timers.now() + idle_limit(c));
}

void origin_pool::idle_expired(pooled_connection& c)
{
    if (!c.idle())
        return;
    if (c.multiplexed && usable_ <= env_.options.min_connections())
        return watch_idle(c); // kept warm
    c.connection->drain();
    place(c);
    serve();
}

// A connection found closed is seldom the only one: what has lain idle is not used again.
void origin_pool::drain_idle()
{
    for (auto& c : connections_) {
        if (!c->idle() || c->retired)
            continue;
        c->connection->drain();
        place(*c);
    }
}

} // namespace aloft::pool
