#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace aloft {

/// How often which values occurred, in fixed memory and with a bounded relative error: each
/// doubling has 2^Precision buckets of one width, so values below 2^(Precision + 1) are kept
/// exactly, and a percentile of larger ones is off by at most one part in that. Values from 2^Range
/// on share the last bucket. Recording takes constant time and allocates nothing. Histograms of
/// several clients are added up with +=, and nothing is lost by it.
template <unsigned Precision, unsigned Range>
class basic_histogram {
public:
    void record(std::uint64_t value) noexcept
    {
        ++buckets_[bucket_of(value)];
        ++count_;
        sum_ += value;
        least_ = std::min(least_, value);
        greatest_ = std::max(greatest_, value);
    }
    basic_histogram& operator+=(const basic_histogram& other) noexcept;

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
    static constexpr std::size_t in_a_doubling = std::size_t{1} << Precision;

    static std::size_t bucket_of(std::uint64_t value) noexcept
    {
        constexpr auto largest = (std::uint64_t{1} << Range) - 1;
        const auto kept = std::min(value, largest);
        const auto shift = shift_of(static_cast<unsigned>(std::bit_width(kept)));
        return shift * in_a_doubling + static_cast<std::size_t>(kept >> shift);
    }
    static constexpr unsigned shift_of(unsigned width) noexcept
    {
        return width > Precision + 1 ? width - Precision - 1 : 0;
    }
    static std::uint64_t middle_of(std::size_t bucket) noexcept;

    std::array<std::uint64_t, in_a_doubling*(Range - Precision + 1)> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t greatest_ = 0;
};

/// 8 KiB, and percentiles to within 1.6 %: for what is kept of every client.
using histogram = basic_histogram<5, 36>;
/// 280 KiB, and percentiles to within 0.05 %, of nanoseconds up to four hours: for measuring.
using fine_histogram = basic_histogram<10, 44>;

extern template class basic_histogram<5, 36>;
extern template class basic_histogram<10, 44>;

} // namespace aloft
