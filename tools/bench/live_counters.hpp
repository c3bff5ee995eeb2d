#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace aloft::tools::bench {

/// What a process has done so far, for who shows it meanwhile. Lies in memory that processes
/// share; written by one, read by another.
class live_counters {
public:
    static constexpr std::size_t buckets = 256;

    std::atomic<std::uint64_t> started = 0;
    std::atomic<std::uint64_t> ended = 0;
    std::atomic<std::uint64_t> failed = 0;
    std::atomic<std::uint64_t> content_events = 0;
    std::array<std::atomic<std::uint32_t>, buckets> first_content{}; ///< how long it took

    void saw_first_content(std::int64_t nanoseconds) noexcept
    {
        first_content[bucket_of(static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds))]
            .fetch_add(1, std::memory_order_relaxed);
    }
    /// The middle of a bucket, milliseconds.
    static double middle_of(std::size_t bucket) noexcept
    {
        const auto doubling = bucket / 8;
        const auto start = static_cast<double>(std::uint64_t{1} << doubling);
        return start * (1 + (static_cast<double>(bucket % 8) + 0.5) / 8) * 1e-3;
    }

private:
    // Eight a doubling, of microseconds.
    static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept
    {
        const auto value = nanoseconds / 1000 + 1;
        const auto doubling = static_cast<std::size_t>(std::bit_width(value)) - 1;
        if (doubling >= buckets / 8)
            return buckets - 1;
        const auto eighth = doubling >= 3 ? value >> (doubling - 3) : value << (3 - doubling);
        return doubling * 8 + (static_cast<std::size_t>(eighth) & 7);
    }
};

} // namespace aloft::tools::bench
