#include "pool/origin_pool.hpp"

#include <algorithm>
#include <random>

namespace aloft::pool {

// Up to a fifth earlier than asked for, so that connections opened together do not leave together.
void origin_pool::watch_age(pooled_connection& c)
{
    const auto limit = env_.options.max_age();
    if (!limit.limited())
        return;
    const auto most = static_cast<tick>(limit.duration().count());
    const auto earlier = std::uniform_int_distribution<tick>(0, most / 5)(env_.random);
    env_.timers.arm(c.age_, env_.timers.now() + most - earlier);
}

// It goes on until its successor is there, and with what it carries until that ends.
void origin_pool::age_expired(pooled_connection& c)
{
    if (c.idle()) {
        c.connection->drain();
        place(c);
        return serve();
    }
    c.aged = true;
    ++aged_;
    grow();
}

void origin_pool::relieve_aged()
{
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [](const auto& held) { return held->aged && !held->retired; });
    if (at == connections_.end())
        return;
    (*at)->connection->drain();
    place(**at);
}

} // namespace aloft::pool
