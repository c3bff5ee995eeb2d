#include "policy/recent_latency.hpp"

#include <algorithm>
#include <cmath>

namespace aloft::policy {

void recent_latency::add(std::chrono::milliseconds latency) noexcept
{
    const auto ms = static_cast<double>(std::max<std::int64_t>(latency.count(), 1));
    const auto bucket = static_cast<std::size_t>(std::log2(ms) * per_doubling);
    ++counts_[std::min(bucket, buckets - 1)];
    if (++total_ < fading)
        return;
    total_ = 0;
    for (auto& count : counts_)
        total_ += count /= 2;
}

std::optional<std::chrono::milliseconds> recent_latency::at(double share) const noexcept
{
    if (total_ < enough)
        return std::nullopt;
    const auto wanted = share * total_;
    double below = 0;
    std::size_t bucket = 0;
    for (; bucket + 1 < buckets; ++bucket) {
        below += counts_[bucket];
        if (below >= wanted)
            break;
    }
    const auto top = std::exp2(static_cast<double>(bucket + 1) / per_doubling);
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(top)));
}

} // namespace aloft::policy
