#include "policy/origin_limits.hpp"

#include "policy/retry_advice.hpp"

#include <algorithm>
#include <utility>

namespace aloft::policy {

using detail::delivery;

origin_limits::origin_limits(detail::semaphore_state& permits, timer_service& timers,
                             std::string name, const rate_limits* rates,
                             const adaptive_concurrency* adaptive, std::size_t max_waiting) :
    waiter(&origin_limits::permit_came),
    permits_(permits),
    timers_(timers),
    name_(std::move(name)),
    max_waiting_(max_waiting),
    asking_(*this, 1)
{
    if (rates != nullptr)
        rates_.emplace(*rates);
    if (adaptive != nullptr)
        adaptive_.emplace(*adaptive);
}

origin_limits::~origin_limits()
{
    close();
}

// admitting

origin_limits::outcome origin_limits::acquire(limited_request& r)
{
    if (queue_.empty() && ready(r)) {
        admit(r);
        return outcome::acquired;
    }
    if (queue_.size() >= max_waiting_ && !make_room(r)) {
        rest_if_empty();
        return outcome::full;
    }
    r.since = static_cast<std::int64_t>(timers_.now());
    queue_.push(r, r.key, r.share);
    return outcome::waiting;
}

origin_limits::outcome origin_limits::acquire_first(limited_request& r)
{
    if (ready(r)) {
        admit(r);
        return outcome::acquired;
    }
    r.since = static_cast<std::int64_t>(timers_.now());
    queue_.push_first(r);
    return outcome::waiting;
}

void origin_limits::cancel(limited_request& r)
{
    queue_.erase(r);
    rest_if_empty();
    serve(); // another one may need less
}

void origin_limits::release(limited_request& r)
{
    held_ -= r.weight;
    --requests_;
    permits_.release(r.weight);
    serve();
}

void origin_limits::close()
{
    closed_ = true;
    alarm_.disarm();
    while (auto* next = queue_.next()) {
        queue_.pop();
        next->who->resume(errc::client_closed, delivery::posted);
    }
    rest_if_empty();
}

void origin_limits::serve()
{
    if (closed_ || std::exchange(serving_, true))
        return; // one who was admitted ended at once: the loop below goes on
    while (auto* next = queue_.next()) {
        auto& r = static_cast<limited_request&>(*next);
        if (!ready(r))
            break;
        queue_.pop();
        if (queue_.empty())
            queue_.forget_debts();
        admit(r);
        r.who->resume({}, delivery::posted);
    }
    serving_ = false;
}

// Whether nothing holds it back any more; permits for it are granted_ then. Where something does,
// serve() will be called.
bool origin_limits::ready(const limited_request& r)
{
    if (closed_ || !fits(r))
        return false;
    if (rates_) {
        const auto at = rates_->ready_at(r.tokens, timers_.now());
        if (at > timers_.now()) {
            timers_.arm(alarm_, at);
            return false;
        }
    }
    return take_permits(r.weight);
}

// One that takes more than there is goes alone.
bool origin_limits::fits(const limited_request& r) const noexcept
{
    return !adaptive_ || held_ == 0 || held_ + r.weight <= adaptive_->limit();
}

bool origin_limits::take_permits(std::uint32_t weight)
{
    if (granted_ == weight)
        return true;
    if (granted_ != 0)
        permits_.release(std::exchange(granted_, 0));
    if (asks_ && asking_.weight == weight)
        return false;
    withdraw();
    asking_.weight = weight;
    auto got = permits_.acquire(asking_, name_, 1);
    if (got == outcome::full) // their bound is for those who wait for nothing else
        got = permits_.acquire_first(asking_);
    if (got == outcome::acquired)
        granted_ = weight;
    asks_ = got == outcome::waiting;
    return got == outcome::acquired;
}

void origin_limits::permit_came(detail::waiter& self, error_code ec, delivery)
{
    auto& limits = static_cast<origin_limits&>(self);
    limits.asks_ = false;
    if (ec == errc::queue_full) // it made room for somebody without limits, and asks again
        return limits.serve();
    if (ec)
        return;
    limits.granted_ = limits.asking_.weight;
    limits.serve();
    if (limits.granted_ != 0) // whom they were for is gone, or may not go any more
        limits.permits_.release(std::exchange(limits.granted_, 0));
}

void origin_limits::withdraw()
{
    if (std::exchange(asks_, false))
        permits_.cancel(asking_);
}

void origin_limits::rest_if_empty()
{
    if (!queue_.empty())
        return;
    withdraw();
    queue_.forget_debts();
}

void origin_limits::admit(limited_request& r)
{
    granted_ = 0;
    held_ += r.weight;
    ++requests_;
    r.sent_at = timers_.now();
    if (rates_)
        rates_->take(r.tokens, timers_.now());
}

bool origin_limits::make_room(const limited_request& r)
{
    auto* const longest = queue_.last_of_longest(queue_.waiting_with(r.key), r.share);
    if (longest == nullptr)
        return false;
    queue_.erase(*longest);
    longest->who->resume(errc::queue_full, delivery::posted);
    return true;
}

// what becomes of an attempt

void origin_limits::answered(unsigned status, const fields& head)
{
    if (!rates_)
        return;
    const auto now = timers_.now();
    const auto today = std::chrono::system_clock::now();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(today.time_since_epoch());
    rates_->observe(head, now, seconds.count());
    if (status == 429)
        rates_->refused(read_retry_advice(head, today).wait, now);
}

void origin_limits::overloaded(const limited_request& r)
{
    ++overloads_;
    if (adaptive_)
        adaptive_->overloaded(r.sent_at, timers_.now());
}

void origin_limits::first_token(const limited_request& r) noexcept
{
    if (adaptive_)
        adaptive_->first_token(static_cast<double>(timers_.now() - r.sent_at),
                               static_cast<std::uint64_t>(r.prompt.tokens()), requests_);
}

void origin_limits::succeeded() noexcept
{
    if (adaptive_)
        adaptive_->answered(requests_);
}

void origin_limits::not_sent(const limited_request& r) noexcept
{
    if (rates_)
        rates_->give_back(r.tokens);
}

void origin_limits::settle(limited_request& r, std::uint64_t prompt_tokens,
                           std::uint64_t answer_tokens, bool counted)
{
    if (std::exchange(r.settled, true))
        return;
    if (counted && r.prompt.bytes != 0)
        estimate_.learn(r.prompt, prompt_tokens, answer_tokens);
    if (rates_) {
        rates_->settle(r.tokens, prompt_tokens + answer_tokens, timers_.now());
        serve();
    }
}

// looking on

limit_state origin_limits::state() const
{
    limit_state now;
    const auto at = timers_.now();
    now.in_flight = requests_;
    now.waiting = queue_.size();
    now.overloads = overloads_;
    if (adaptive_)
        now.concurrency = adaptive_->limit();
    if (rates_) {
        now.requests_left = rates_->requests_left(at);
        now.tokens_left = rates_->tokens_left(at);
    }
    return now;
}

std::string_view origin_limits::holding_up() const
{
    if (asks_)
        return "for a permit (max_in_flight)";
    if (adaptive_ && held_ != 0 && held_ >= adaptive_->limit())
        return "for the server to take more at once (adaptive concurrency)";
    return "for requests or tokens a minute (rate limits)";
}

} // namespace aloft::policy
