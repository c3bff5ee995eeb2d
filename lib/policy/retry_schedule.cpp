#include "policy/retry_schedule.hpp"

#include <algorithm>

namespace aloft::policy {
namespace {

using std::chrono::milliseconds;

milliseconds by_chance(milliseconds most, std::minstd_rand& random)
{
    return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(random));
}

std::string seconds(milliseconds time)
{
    const auto tenths = (time.count() + 50) / 100;
    auto text = std::to_string(tenths / 10);
    if (tenths % 10 != 0)
        text.append(".").append(std::to_string(tenths % 10));
    return text + " s";
}

} // namespace

bool retry_schedule::again(const failed_attempt& what, retry_gate& gate, tick now,
                           std::minstd_rand& random)
{
    why_ = forbidden(what);
    if (why_ != retry_end::none)
        return false;
    // One server's troubles hold up no other.
    wait_ = milliseconds(0);
    if (!what.elsewhere)
        choose_wait(what.advice, random);
    const auto then = now + static_cast<tick>(wait_.count());
    const auto window = rules_.window();
    if (!what.elsewhere && what.advice.wait > rules_.longest_wait())
        why_ = retry_end::wait_too_long;
    else if (window.limited() && then > started_ + static_cast<tick>(window.duration().count()))
        why_ = retry_end::window;
    else if (then >= deadline_)
        why_ = retry_end::deadline;
    else if (!what.elsewhere &&
             std::uniform_real_distribution<double>()(random) < gate.throttle.refusal(now))
        why_ = retry_end::throttled;
    // What a dead server had in flight goes elsewhere once, however much it is.
    else if (!(what.elsewhere && what.unanswered) && !gate.budget.take(now))
        why_ = retry_end::budget;
    if (why_ != retry_end::none)
        return false;
    ++retries_;
    waited_ += wait_;
    return true;
}

// What no time and no other request would change.
retry_end retry_schedule::forbidden(const failed_attempt& what) const noexcept
{
    if (what.advice.again == false)
        return retry_end::told;
    if (what.advice.again != true) {
        if (what.means == error_class::permanent && !(what.of_server && what.elsewhere))
            return retry_end::permanent;
        if (what.means == error_class::quota && !what.advice.wait && !what.elsewhere)
            return retry_end::quota;
    }
    if (!what.safe)
        return retry_end::unsafe;
    return retries_ < rules_.retries() ? retry_end::none : retry_end::used_up;
}

// Full jitter, so that those who failed together do not come back together; what a server asks for
// is waited for in full, and by chance up to a tenth longer.
void retry_schedule::choose_wait(const retry_advice& advice, std::minstd_rand& random)
{
    const auto doublings = std::min(retries_, 20U);
    const auto most = std::min(std::max(rules_.first_backoff(), milliseconds(0)) *
                                   (milliseconds::rep{1} << doublings),
                               std::max(rules_.longest_backoff(), milliseconds(0)));
    wait_ = by_chance(most, random);
    if (advice.wait)
        wait_ = std::max(wait_, *advice.wait) +
                by_chance(std::min(*advice.wait / 10, milliseconds(1000)), random);
}

std::string retry_schedule::why_in_words() const
{
    switch (why_) {
    case retry_end::none: return {};
    case retry_end::permanent: return "it would fail again";
    case retry_end::told: return "the server says not to";
    case retry_end::quota: return "the quota is used up";
    case retry_end::unsafe: return "the server may have acted on it";
    case retry_end::used_up:
        return "that was the last of " + std::to_string(rules_.retries()) +
               (rules_.retries() == 1 ? " retry" : " retries");
    case retry_end::wait_too_long:
        return "the server asks for a wait beyond " + seconds(rules_.longest_wait());
    case retry_end::window:
        return "the time for retries, " + seconds(rules_.window().duration()) + ", is over";
    case retry_end::deadline: return "its total time leaves no room";
    case retry_end::budget: return "retries are too large a share of the requests already";
    case retry_end::throttled: return "the server accepts hardly anything";
    }
    return {};
}

} // namespace aloft::policy
