#include <aloft/histogram.hpp>

#include <cmath>
#include <numeric>

namespace aloft {

template <unsigned Precision, unsigned Range>
basic_histogram<Precision, Range>&
basic_histogram<Precision, Range>::operator+=(const basic_histogram& other) noexcept
{
    for (std::size_t i = 0; i != buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    least_ = std::min(least_, other.least_);
    greatest_ = std::max(greatest_, other.greatest_);
    return *this;
}

template <unsigned Precision, unsigned Range>
std::uint64_t basic_histogram<Precision, Range>::middle_of(std::size_t bucket) noexcept
{
    const auto shift = bucket < 2 * in_a_doubling ? 0 : bucket / in_a_doubling - 1;
    const std::uint64_t first = (bucket - shift * in_a_doubling) << shift;
    return first + (std::uint64_t{1} << shift) / 2;
}

template <unsigned Precision, unsigned Range>
std::uint64_t basic_histogram<Precision, Range>::percentile(double percent) const noexcept
{
    if (count_ == 0)
        return 0;
    const auto share = std::clamp(percent, 0.0, 100.0) / 100.0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    if (wanted == 0)
        return least_;
    if (wanted >= count_)
        return greatest_;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i != buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= wanted)
            return std::clamp(middle_of(i), least_, greatest_);
    }
    return greatest_;
}

template <unsigned Precision, unsigned Range>
std::uint64_t basic_histogram<Precision, Range>::count_below(std::uint64_t bound) const noexcept
{
    if (bound >> Range != 0)
        return count_;
    const auto end = buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(bound));
    return std::accumulate(buckets_.begin(), end, std::uint64_t{0});
}

template class basic_histogram<5, 36>;
template class basic_histogram<10, 44>;

} // namespace aloft
