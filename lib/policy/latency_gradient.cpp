#include "policy/latency_gradient.hpp"

#include <algorithm>

namespace aloft::policy {
namespace {

constexpr double window = 600; // samples of the long run
constexpr std::uint32_t warm_up = 10; // samples whose plain mean it begins with
constexpr double forget = 1 - 1 / window;

} // namespace

double latency_gradient::sample(double milliseconds, std::uint64_t prompt_tokens) noexcept
{
    const auto tokens = static_cast<double>(prompt_tokens);
    const auto time = std::max(milliseconds, 1.0);
    if (prompt_tokens != 0)
        learn(time, tokens);
    const auto now = time / (1 + per_token_ * tokens);
    ++samples_;
    const auto share = samples_ <= warm_up ? 1.0 / samples_ : 1 / window;
    long_run_ += (now - long_run_) * share;
    if (long_run_ > 2 * now)
        long_run_ *= 0.95; // the load is over: the long run follows
    return std::clamp(tolerance_ * long_run_ / now, 0.5, 1.0);
}

// Least squares of time over tokens; what matters is slope / intercept, so that load, which makes
// all of them slower, is not learned away.
void latency_gradient::learn(double time, double tokens) noexcept
{
    weight_ = weight_ * forget + 1;
    tokens_ = tokens_ * forget + tokens;
    times_ = times_ * forget + time;
    tokens_squared_ = tokens_squared_ * forget + tokens * tokens;
    tokens_times_ = tokens_times_ * forget + tokens * time;
    const auto spread = weight_ * tokens_squared_ - tokens_ * tokens_;
    if (weight_ < warm_up || spread < weight_ * tokens_squared_ * 1e-3)
        return; // too few, or too much alike, to tell
    const auto slope = (weight_ * tokens_times_ - tokens_ * times_) / spread;
    const auto intercept = (times_ - slope * tokens_) / weight_;
    if (slope <= 0 || intercept <= 0)
        return;
    if (per_token_ == 0)
        samples_ = 0; // the long run so far was in other units
    per_token_ = slope / intercept;
}

} // namespace aloft::policy
