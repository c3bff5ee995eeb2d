#include "pool/pooled_connection.hpp"

#include "pool/origin_pool.hpp"

#include <algorithm>

namespace aloft::pool {

pooled_connection::pooled_connection(origin_pool& pool) : pool_(pool), idle_(&idle_expired)
{
    idle_.owner = this;
}

pooled_connection::room pooled_connection::measure(std::size_t target) const
{
    const auto capacity = connection->carried().capacity();
    const auto taken = connection->carried().active() + reserved;
    if (taken < std::min(capacity, target))
        return room::target;
    return taken < capacity ? room::spare : room::none;
}

std::size_t pooled_connection::coming(std::size_t target) const
{
    const auto& carried = connection->carried();
    if (retired || carried.peer_limit())
        return 0;
    return target - std::min(carried.capacity(), target);
}

void pooled_connection::slots_changed(aloft::connection&)
{
    if (const auto limit = connection->carried().peer_limit())
        pool_.learn(*limit);
    pool_.place(*this);
    pool_.serve();
    pool_.watch_idle(*this);
}

void pooled_connection::ended(aloft::connection&, error_code)
{
    pool_.remove(*this);
}

void pooled_connection::idle_expired(timer_entry& entry)
{
    auto& self = *static_cast<idle_timer&>(entry).owner;
    if (self.idle())
        self.connection->drain();
}

} // namespace aloft::pool
