#include "pool/origin_pool.hpp"

namespace aloft::pool {

void origin_pool::watch_idle(pooled_connection& c)
{
    if (!c.idle())
        return;
    const bool http1 = c.connection->carried().protocol() == "http/1.1";
    const auto limit = http1 ? env_.options.idle_http1() : env_.options.idle_http2();
    env_.timers.arm(c.idle_, env_.timers.now() + static_cast<tick>(limit.count()));
}

} // namespace aloft::pool
