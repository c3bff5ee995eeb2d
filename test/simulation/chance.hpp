#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aloft::test {

/// All of a simulation's chance, from one seed, the same on every machine (std::distributions are
/// not).
class chance {
public:
    explicit chance(std::uint64_t seed) noexcept : state_(seed) {}

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    std::uint64_t next() noexcept
    {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// 0 <= n < bound.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) noexcept
    {
        return least + below(most - least + 1);
    }
    /// True once in `of` times.
    bool once_in(std::uint64_t of) noexcept { return below(of) == 0; }
    /// Small values often, large ones seldom: up to 2^bits.
    std::uint64_t skewed(unsigned bits) noexcept { return below(std::uint64_t{1} << below(bits)); }

    template <class T>
    T& one_of(std::vector<T>& all) noexcept
    {
        return all[below(all.size())];
    }

private:
    std::uint64_t state_;
};

} // namespace aloft::test
