#include "net/address_cache.hpp"

#include <algorithm>
#include <utility>

namespace aloft::net {

const address_cache::entry* address_cache::find(const std::string& host, tick now)
{
    const auto at = by_host_.find(host);
    if (at == by_host_.end())
        return nullptr;
    if (now >= at->second->expires + static_cast<tick>(limits_.stale.count())) {
        forget(host);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, at->second);
    return &entries_.front();
}

address_cache::age address_cache::age_of(const entry& known, tick now) const
{
    if (now >= known.expires)
        return age::stale;
    const tick last_fifth = (known.expires - known.learned) / 5;
    return now >= known.expires - last_fifth ? age::ageing : age::fresh;
}

void address_cache::put(const std::string& host, host_addresses found, tick now)
{
    if (limits_.hosts == 0)
        return;
    forget(host);
    if (entries_.size() == limits_.hosts)
        forget(entries_.back().host);
    const auto holds =
        std::clamp<std::chrono::milliseconds>(found.lifetime, limits_.shortest, limits_.longest);
    entries_.push_front(
        {host, std::move(found.addresses), now, now + static_cast<tick>(holds.count())});
    by_host_[host] = entries_.begin();
}

void address_cache::forget(const std::string& host)
{
    const auto at = by_host_.find(host);
    if (at == by_host_.end())
        return;
    const auto forgotten = at->second; // `host` may be its name
    by_host_.erase(at);
    entries_.erase(forgotten);
}

} // namespace aloft::net
