#include "client/call.hpp"
#include "client/client_core.hpp"

#include <chrono>
#include <utility>

namespace aloft::detail {

const retry_rules* call::rules() const noexcept
{
    if (!outgoing_)
        return nullptr;
    if (const auto* own = outgoing_->what.retries())
        return own;
    if (const auto* usual = policy_ ? policy_->retries() : nullptr)
        return usual;
    const auto& all = core_->options.retries();
    return all ? &*all : nullptr;
}

// Begins another attempt where rules, budget and time allow it; `why` is told to an observer.
bool call::try_again(policy::failed_attempt what, error_code why, const std::string& detail)
{
    auto& gate = origin_pool_->retries();
    const auto now = core_->timers->now();
    gate.throttle.count(what.means == error_class::permanent, now);
    if (what.means == error_class::overload && exchange_ && exchange_->status / 100 == 2)
        note_overload(); // said in an answer that looked good
    if (route_)
        learn_from_failure(what);
    const auto* allowed = rules();
    if (allowed == nullptr || allowed->retries() == 0 || core_->closed)
        return false;
    const bool unreached = step_ == step::slot && earlier_ == processing::never_sent;
    if (unreached && !what.elsewhere && !allowed->unreachable())
        return false;
    if (!retries_) {
        retries_ = std::make_unique<policy::retry_schedule>(
            *allowed, started_,
            total_deadline_ != 0 ? total_deadline_ : policy::retry_schedule::never);
    }
    // A source is not taken back from an attempt that may have to send it still.
    const bool being_sent = exchange_ && !exchange_->outgoing_ended && !exchange_->closed;
    if (outgoing_->what.source() && what.safe)
        what.safe = !being_sent && outgoing_->body.rewind();
    if (!retries_->again(what, gate, now, core_->random))
        return false;
    if (route_)
        note_failed_attempt(why, detail);
    retry(retries_->wait(), why);
    return true;
}

// An attempt ended, as failure_ has it, before anything of its response was given to the caller.
void call::fail_or_retry()
{
    if (policy_) {
        const auto found = policy_->judge(*failure_);
        if (found.failed() && try_again(*found.failed(), failure_->code, failure_->detail))
            return;
        if (found.what() == verdict::kind::fail) {
            failure_->code = found.code();
            failure_->detail = found.detail();
        }
        explain_retries(*failure_);
    }
    const auto ec = failure_->code;
    let_go();
    finish();
    complete(ec, delivery::posted);
}

void call::explain_retries(failure& why) const
{
    if (!retries_)
        return;
    if (route_)
        why.elsewhere = route_->elsewhere_in_words();
    why.waited = retries_->waited();
    if (retries_->retries() != 0 || retries_->why() != policy::retry_end::permanent)
        why.stopped = retries_->why_in_words();
}

// The permit is given up for the time of the backoff and taken again before anybody who waits for a
// first attempt.
void call::retry(std::chrono::milliseconds after, error_code why)
{
    if (auto* told = watching())
        told->sent_again(number(), why);
    ++core_->metrics.replays[static_cast<std::size_t>(replay_cause::policy)];
    note_attempt_over(false);
    if (route_)
        route_->leave();
    let_go();
    forget_attempt();
    step_ = step::backoff;
    phase_started_ = core_->timers->now() + static_cast<tick>(after.count());
    release_permit();
    arm();
}

void call::end_backoff()
{
    if (route_ && core_->limited()) {
        if (!choose_server())
            return;
        limited_->by = core_->limits_of(outgoing_->what.url().origin());
    }
    take_permit();
}

// What a hedge needs: see hedged_call.

call_handle call::hedge() const
{
    const bool waits = step_ == step::head || step_ == step::judging;
    auto policy = waits && policy_ ? policy_->another() : nullptr;
    if (!policy || outgoing_->what.source())
        return nullptr;
    auto what = outgoing_->what;
    what.retries(retry_rules::none());
    if (own_span_) {
        auto headers = what.headers();
        headers.erase("traceparent"); // the copy is a span of its own
        what.headers(headers);
    }
    if (total_deadline_ != 0) {
        auto limits = limits_;
        const auto now = core_->timers->now();
        const auto left = total_deadline_ > now ? total_deadline_ - now : 0;
        what.deadlines(limits.total(std::chrono::milliseconds(left)));
    }
    auto made = core_->prepare(std::move(what), std::move(policy));
    made->hedges_ = true;
    if (route_)
        made->goes_by(route_->another());
    made->reader_judges_ = reader_judges_;
    if (limited_)
        made->prompt_is(limited_->prompt);
    return made;
}

std::optional<tick> call::sent_at() const noexcept
{
    return exchange_ ? std::optional(sent_) : std::nullopt;
}

std::uint64_t call::exchanged_bytes() const noexcept
{
    const auto sent = outgoing_ ? outgoing_->body.length().value_or(0) : 0;
    return sent + (exchange_ ? exchange_->total_received : 0);
}

} // namespace aloft::detail
