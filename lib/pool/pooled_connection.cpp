#include "pool/pooled_connection.hpp"

#include "pool/origin_pool.hpp"

#include <algorithm>

namespace aloft::pool {

pooled_connection::pooled_connection(origin_pool& pool, bool http2) :
    multiplexed(http2),
    pool_(pool),
    idle_(*this,
          [](timer_entry& entry) {
              auto& c = static_cast<timer&>(entry).owner;
              c.pool_.idle_expired(c);
          }),
    age_(*this, [](timer_entry& entry) {
        auto& c = static_cast<timer&>(entry).owner;
        c.pool_.age_expired(c);
    })
{
}

pooled_connection::room pooled_connection::measure(std::size_t target) const
{
    if (!connection->life().takes_streams())
        return room::none;
    const auto capacity = connection->carried().capacity();
    const auto taken = connection->carried().active() + reserved;
    if (taken < std::min(capacity, target))
        return room::target;
    return taken < capacity ? room::spare : room::none;
}

std::size_t pooled_connection::coming(std::size_t target) const
{
    const auto& carried = connection->carried();
    if (retired)
        return 0;
    if (connection->life().probed()) {
        const auto most = std::min(carried.capacity(), target);
        const auto taken = carried.active() + reserved;
        return most > taken ? most - taken : 0;
    }
    if (carried.peer_limit())
        return 0;
    return target - std::min(carried.capacity(), target);
}

void pooled_connection::slots_changed(aloft::connection&)
{
    pool_.learn(*this);
    pool_.place(*this);
    pool_.watch_idle(*this);
    pool_.serve(); // may find this one closed, and remove it
}

void pooled_connection::ended(aloft::connection&, error_code why)
{
    pool_.tell_ended(*this, why);
    pool_.remove(*this);
}

} // namespace aloft::pool
