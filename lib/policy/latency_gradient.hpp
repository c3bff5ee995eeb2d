#pragma once

#include <cstdint>

namespace aloft::policy {

/// How the time to the first token compares with what it was in the long run: 1 while it is no
/// longer than `tolerance` times that, and down to 0.5 as it grows (the method known as Gradient2).
///
/// A long prompt takes longer whatever the load, so times are taken in units of what a prompt of
/// that size should take, 1 + r * tokens; `r` is learned by a regression that forgets slowly.
class latency_gradient {
public:
    explicit latency_gradient(double tolerance) noexcept : tolerance_(tolerance) {}

    /// \param prompt_tokens  0 where nobody knows
    double sample(double milliseconds, std::uint64_t prompt_tokens) noexcept;

    /// The long run, in milliseconds of a prompt without tokens.
    [[nodiscard]] double long_run() const noexcept { return long_run_; }
    [[nodiscard]] double per_token() const noexcept { return per_token_; }

private:
    void learn(double milliseconds, double tokens) noexcept;

    double tolerance_;
    double long_run_ = 0;
    double per_token_ = 0; // r
    double weight_ = 0; // sums of the regression
    double tokens_ = 0;
    double times_ = 0;
    double tokens_squared_ = 0;
    double tokens_times_ = 0;
    std::uint32_t samples_ = 0;
};

} // namespace aloft::policy
