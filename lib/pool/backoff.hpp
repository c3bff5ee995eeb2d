#pragma once

#include "base/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace aloft::pool {

/// When to dial again after a dial failed: 100 ms, doubled with each failure up to 10 s, with full
/// jitter on the upper half.
class redial_backoff {
public:
    explicit redial_backoff(std::uint32_t seed) : random_(seed) {}

    tick failed()
    {
        const tick whole = std::min<tick>(first << std::min(failures_, 10U), longest);
        ++failures_;
        return whole / 2 + std::uniform_int_distribution<tick>(0, whole / 2)(random_);
    }
    void succeeded() noexcept { failures_ = 0; }

private:
    static constexpr tick first = 100;
    static constexpr tick longest = 10'000;

    unsigned failures_ = 0;
    std::minstd_rand random_;
};

} // namespace aloft::pool
