#pragma once

#include <cstdint>
#include <string_view>

namespace aloft::sim {

/// Spreads what is close together (SplitMix64's finalizer).
constexpr std::uint64_t mix(std::uint64_t value) noexcept
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

/// FNV-1a, which may be fed in pieces.
class text_hash {
public:
    void add(std::string_view text) noexcept
    {
        for (const char c : text)
            value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return mix(value_); }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// The same numbers for the same key, on every machine and with every standard library.
class random_source {
public:
    random_source(std::uint64_t seed, std::uint64_t key) noexcept : state_(mix(seed) ^ mix(~key)) {}

    std::uint64_t next() noexcept { return mix(state_ += 0x9e3779b97f4a7c15U); }
    /// Evenly in (0, 1].
    double unit() noexcept { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }
    /// Below `bound`, which is small against 2^64.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

private:
    std::uint64_t state_;
};

} // namespace aloft::sim
