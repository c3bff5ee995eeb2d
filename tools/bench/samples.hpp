#pragma once

#include <aloft/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

namespace aloft::tools::bench {

/// Times, as many as may come in fixed memory: percentiles to within 0.05 %, all else exactly.
class samples {
public:
    samples() : values_(std::make_unique<fine_histogram>()) {}

    void add(std::int64_t nanoseconds) noexcept
    {
        const auto value = static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
        values_->record(value);
        squares_ += static_cast<double>(value) * static_cast<double>(value);
    }
    samples& operator+=(const samples& other) noexcept
    {
        *values_ += *other.values_;
        squares_ += other.squares_;
        return *this;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return values_->count(); }
    [[nodiscard]] bool empty() const noexcept { return count() == 0; }
    // In milliseconds; 0 where there are none.
    [[nodiscard]] double mean() const noexcept { return values_->mean() * 1e-6; }
    [[nodiscard]] double least() const noexcept { return milliseconds(values_->least()); }
    [[nodiscard]] double greatest() const noexcept { return milliseconds(values_->greatest()); }
    [[nodiscard]] double percentile(double percent) const noexcept
    {
        return milliseconds(values_->percentile(percent));
    }
    /// Standard deviation of all of them, as numpy.std and so vLLM have it.
    [[nodiscard]] double deviation() const noexcept
    {
        if (empty())
            return 0;
        const auto mean = values_->mean();
        const auto variance = squares_ / static_cast<double>(count()) - mean * mean;
        return std::sqrt(std::max(variance, 0.0)) * 1e-6;
    }
    /// Whether there are enough for it to be another value than the greatest.
    [[nodiscard]] bool tells(double percent) const noexcept
    {
        return static_cast<double>(count()) * (100 - percent) >= 100 * (1 - 1e-9);
    }

    // To pass them from one process to another of the same program.
    [[nodiscard]] fine_histogram& values() noexcept { return *values_; }
    [[nodiscard]] double& squares() noexcept { return squares_; }

private:
    static double milliseconds(std::uint64_t nanoseconds) noexcept
    {
        return static_cast<double>(nanoseconds) * 1e-6;
    }

    std::unique_ptr<fine_histogram> values_;
    double squares_ = 0;
};

} // namespace aloft::tools::bench
