#pragma once

#include <cmath>
#include <cstdint>

namespace aloft::policy {

/// Spreads the bits of `value` over the whole number (the finalizer of SplitMix64).
constexpr std::uint64_t mixed(std::uint64_t value) noexcept
{
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/// Weighted rendezvous hashing: a key belongs to the node with the highest score. Where a node goes
/// or comes, only keys that were or will be its own move, in proportion to its weight.
inline double rendezvous_score(std::uint64_t key, std::uint64_t node, double weight) noexcept
{
    const auto bits = mixed(key ^ node) >> 11;
    const auto chance = (static_cast<double>(bits) + 0.5) * 0x1p-53; // within (0, 1)
    return weight / -std::log(chance);
}

} // namespace aloft::policy
