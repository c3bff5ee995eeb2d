#include "policy/server_health.hpp"

#include <algorithm>

namespace aloft::policy {
namespace {

tick ticks(std::chrono::milliseconds time) noexcept
{
    return static_cast<tick>(std::max(time.count(), std::chrono::milliseconds::rep{0}));
}

} // namespace

void server_health::answered(bool probe, tick now) noexcept
{
    count(false, now);
    unreachable_ = 0;
    failed_ = 0;
    if (probe && ejected_)
        come_back(now);
    // What has been well for as long as it was away has nothing to make up for.
    if (times_ != 0 && !ejected_ && now >= returned_ + ejected_for_ + ticks(rules_.slow_start()))
        times_ = 0;
}

bool server_health::failed(server_fault what, bool probe, bool answered, tick now) noexcept
{
    if (ejected_ && !probe)
        return false; // an attempt from before it was ejected
    count(true, now);
    if (answered && attempts_ > 1)
        --attempts_; // it is one attempt
    ++failed_;
    unreachable_ = what == server_fault::unreachable ? unreachable_ + 1 : 0;
    if (probe)
        return true;
    const bool too_many =
        attempts_ >= rules_.failing_attempts() &&
        static_cast<double>(failures_) > rules_.failing_share() * static_cast<double>(attempts_);
    return too_many || failed_ >= rules_.failed_in_a_row() ||
           unreachable_ >= rules_.unreachable_in_a_row();
}

void server_health::eject(tick now, std::minstd_rand& random)
{
    const auto doublings = std::min(times_, 20U);
    const auto usual =
        std::min(ticks(rules_.ejection()) << doublings, ticks(rules_.longest_ejection()));
    // A fifth more or less, so that those who saw it fail together do not come back together.
    const auto chance = std::uniform_real_distribution<double>(0.8, 1.2)(random);
    ejected_for_ = static_cast<tick>(static_cast<double>(usual) * chance);
    ejected_until_ = now + ejected_for_;
    ++times_;
    leave_alone(now);
}

void server_health::take_out(tick now) noexcept
{
    ejected_until_ = now;
    leave_alone(now);
}

void server_health::well(tick now) noexcept
{
    if (ejected_ && now >= ejected_until_)
        come_back(now);
}

void server_health::leave_alone(tick now) noexcept
{
    ejected_ = true;
    probing_ = false;
    ++ejections_;
    unreachable_ = failed_ = attempts_ = failures_ = 0;
    window_started_ = now;
}

void server_health::come_back(tick now) noexcept
{
    ejected_ = false;
    probing_ = false;
    returned_ = now;
}

void server_health::cool(tick then) noexcept
{
    cool_until_ = std::max(cool_until_, then);
    returned_ = std::max(returned_, cool_until_);
}

double server_health::ramp(tick now) const noexcept
{
    const auto over = ticks(rules_.slow_start());
    if (returned_ == 0 || now >= returned_ + over)
        return 1;
    constexpr double least = 0.1;
    if (now <= returned_)
        return least;
    return std::max(least, static_cast<double>(now - returned_) / static_cast<double>(over));
}

void server_health::count(bool bad, tick now) noexcept
{
    if (now >= window_started_ + window) {
        window_started_ = now;
        attempts_ = failures_ = 0;
    }
    ++attempts_;
    failures_ += bad ? 1 : 0;
}

} // namespace aloft::policy
