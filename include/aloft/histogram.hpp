#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace aloft {

/// How often which values occurred, in fixed memory (8 KiB) and with a bounded relative error: each
/// doubling has 32 buckets of one width, so values below 64 are kept exactly, and a percentile of
/// larger ones is off by less than 1.6 %. Values from 2^36 on share the last bucket. Recording
/// takes constant time and allocates nothing. Histograms of several clients are added up with +=.
class histogram {
public:
    void record(std::uint64_t value) noexcept
    {
        ++buckets_[bucket_of(value)];
        ++count_;
        sum_ += value;
        least_ = std::min(least_, value);
        greatest_ = std::max(greatest_, value);
    }
    histogram& operator+=(const histogram& other) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    /// Both are exact, and 0 while nothing was recorded.
    [[nodiscard]] std::uint64_t least() const noexcept { return count_ == 0 ? 0 : least_; }
    [[nodiscard]] std::uint64_t greatest() const noexcept { return greatest_; }
    [[nodiscard]] double mean() const noexcept
    {
        return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
    }
    /// The value that `percent` of all values do not exceed; 0 while nothing was recorded.
    /// \param percent  from 0, the least value, to 100, the greatest
    [[nodiscard]] std::uint64_t percentile(double percent) const noexcept;
    /// How many values are smaller than `bound`: exact for bounds up to 64 and for powers of two,
    /// otherwise as if `bound` were the start of its bucket; all of them from 2^36 on.
    [[nodiscard]] std::uint64_t count_below(std::uint64_t bound) const noexcept;

private:
    static constexpr unsigned precision = 5; // bits; a doubling has 2^precision buckets
    static constexpr unsigned range = 36; // bits of the largest value told apart
    static constexpr std::size_t in_a_doubling = std::size_t{1} << precision;

    static std::size_t bucket_of(std::uint64_t value) noexcept
    {
        constexpr auto largest = (std::uint64_t{1} << range) - 1;
        const auto kept = std::min(value, largest);
        const auto shift = shift_of(static_cast<unsigned>(std::bit_width(kept)));
        return shift * in_a_doubling + static_cast<std::size_t>(kept >> shift);
    }
    static constexpr unsigned shift_of(unsigned width) noexcept
    {
        return width > precision + 1 ? width - precision - 1 : 0;
    }
    static std::uint64_t middle_of(std::size_t bucket) noexcept;

    std::array<std::uint64_t, in_a_doubling*(range - precision + 1)> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t greatest_ = 0;
};

} // namespace aloft
