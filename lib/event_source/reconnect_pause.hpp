#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace aloft::detail {

/// How long to wait before connecting again: the reconnection time, doubled with each attempt in a
/// row that fails (WHATWG HTML, 9.2.3 leaves that to us), half of it by chance from the first
/// doubling on.
class reconnect_pause {
public:
    using duration = std::chrono::milliseconds;

    // What any reconnection time is kept within: no server has us knock without a pause, and none
    // overflows the arithmetic.
    static constexpr duration shortest{100};
    static constexpr duration furthest = std::chrono::hours(24);

    reconnect_pause(duration first, duration longest, std::uint32_t seed) :
        base_(bounded(first)), longest_(bounded(longest)), random_(seed)
    {
    }

    /// The server named the reconnection time.
    void base(duration named) noexcept { base_ = bounded(named); }
    void succeeded() noexcept { failures_ = 0; }
    duration next()
    {
        const auto doublings = std::min(failures_++, 20U);
        if (doublings == 0)
            return base_;
        const auto most = std::max(longest_, base_);
        const auto whole = std::min(base_ * (std::int64_t{1} << doublings), most);
        return whole - duration(std::uniform_int_distribution<duration::rep>(0, whole.count() /
                                                                                    2)(random_));
    }

private:
    static constexpr duration bounded(duration named) noexcept
    {
        return std::clamp(named, shortest, furthest);
    }

    duration base_;
    duration longest_;
    std::minstd_rand random_;
    unsigned failures_ = 0;
};

} // namespace aloft::detail
