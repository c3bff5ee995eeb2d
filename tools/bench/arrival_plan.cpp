#include "bench/arrival_plan.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace aloft::tools::bench {
namespace {

nanoseconds from_seconds(double seconds)
{
    return nanoseconds(std::llround(seconds * 1e9));
}

} // namespace

double rate_stage::requests() const
{
    return std::isinf(seconds) ? seconds : (from + to) / 2 * seconds;
}

double rate_stage::time_of(double count) const
{
    const auto slope = std::isinf(seconds) ? 0 : (to - from) / seconds;
    // from t + slope t^2 / 2 = count, in the form that loses no digits where the slope is small
    const auto root = std::sqrt(std::max(0.0, from * from + 2 * slope * count));
    return count == 0 ? 0 : 2 * count / (from + root);
}

arrival_gaps::arrival_gaps(std::optional<double> burstiness, std::uint64_t seed) : random_(seed)
{
    if (burstiness)
        gamma_.emplace(*burstiness, 1 / *burstiness);
}

double arrival_gaps::next()
{
    if (gamma_)
        return (*gamma_)(random_);
    return std::exchange(first_, false) ? 0 : 1;
}

staged_arrivals::staged_arrivals(std::vector<rate_stage> stages, arrival_gaps gaps) :
    stages_(std::move(stages)), gaps_(gaps)
{
}

std::optional<arrival> staged_arrivals::next()
{
    count_ += gaps_.next();
    while (stage_ != stages_.size() && count_ >= stages_[stage_].requests()) {
        count_ -= stages_[stage_].requests();
        began_ += stages_[stage_].seconds;
        ++stage_;
    }
    if (stage_ == stages_.size())
        return std::nullopt;
    arrival made;
    made.at = from_seconds(began_ + stages_[stage_].time_of(count_));
    return made;
}

replayed_arrivals::replayed_arrivals(std::vector<arrival> recorded, double speed) :
    recorded_(std::move(recorded)), speed_(speed)
{
    const auto order = [](const arrival& one) {
        return std::tuple(one.at, one.input_tokens, one.output_tokens);
    };
    std::sort(recorded_.begin(), recorded_.end(),
              [order](const arrival& a, const arrival& b) { return order(a) < order(b); });
}

std::optional<arrival> replayed_arrivals::next()
{
    if (next_ == recorded_.size())
        return std::nullopt;
    auto one = recorded_[next_++];
    const auto since = std::chrono::duration<double>(one.at - recorded_.front().at).count();
    one.at = from_seconds(since / speed_);
    return one;
}

} // namespace aloft::tools::bench
