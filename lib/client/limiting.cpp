#include "client/call.hpp"
#include "client/client_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aloft::detail {
namespace {

// Origins beyond this many are forgotten, with what was learned of them, if nobody uses them.
constexpr std::size_t origins_remembered = 1024;

} // namespace

std::shared_ptr<policy::origin_limits> client_core::limits_of(const origin& where)
{
    if (const auto at = limits.find(where); at != limits.end())
        return at->second;
    if (limits.size() >= origins_remembered)
        std::erase_if(limits, [](const auto& one) { return one.second.use_count() == 1; });
    auto made = std::make_shared<policy::origin_limits>(
        permits, *timers, where.name(), options.rates() ? &*options.rates() : nullptr,
        options.adaptive() ? &*options.adaptive() : nullptr, options.max_waiting());
    return limits.emplace(where, std::move(made)).first->second;
}

policy::limited_request& call::limited()
{
    if (!limited_)
        limited_ = std::make_unique<policy::limited_request>(*this, outgoing_->what.weight());
    return *limited_;
}

void call::prompt_is(const policy::prompt_size& size)
{
    limited().prompt = size;
}

void call::begin_limiting()
{
    const auto& what = outgoing_->what;
    const bool limits = core_->limited() && !what.url_error();
    if (!limits && what.tenant().empty() && what.weight() == 1)
        return;
    auto& mine = limited();
    mine.key = what.tenant();
    mine.share = what.share();
    if (!limits)
        return;
    mine.by = core_->limits_of(what.url().origin());
    mine.tokens = what.tokens();
    if (mine.tokens == 0 && mine.prompt.bytes != 0)
        mine.tokens = mine.by->estimate(mine.prompt);
}

semaphore_state::outcome call::acquire_permit(bool again)
{
    if (!limited_)
        return again ? core_->permits.acquire_first(*this) : core_->permits.acquire(*this);
    auto& mine = *limited_;
    if (mine.by)
        return again ? mine.by->acquire_first(mine) : mine.by->acquire(mine);
    mine.since = static_cast<std::int64_t>(core_->timers->now());
    return again ? core_->permits.acquire_first(mine)
                 : core_->permits.acquire(mine, mine.key, mine.share);
}

void call::permit_came(error_code ec)
{
    if (ec == errc::queue_full)
        return fail(ec, initiator::aloft, queue_report());
    if (ec)
        return fail(ec, initiator::caller, {});
    stop_waiting();
    hold_permit();
    next_attempt();
}

void call::give_back_permit()
{
    if (!limited_)
        return core_->permits.release();
    if (limited_->by)
        return limited_->by->release(*limited_);
    core_->permits.release(limited_->weight);
}

void call::leave_queue()
{
    if (!limited_)
        core_->permits.cancel(*this);
    else if (limited_->by)
        limited_->by->cancel(*limited_);
    else
        core_->permits.cancel(*limited_);
}

// What limits learn from.

void call::note_sent() noexcept
{
    if (limited_)
        limited_->sent_at = core_->timers->now();
}

void call::note_answer()
{
    if (!limited_ || !limited_->by)
        return;
    const auto status = exchange_->status;
    limited_->by->answered(status, exchange_->head);
    if (status == 429 || status == 503 || status == 529)
        note_overload();
}

void call::note_overload()
{
    if (!limited_ || !limited_->by)
        return;
    ++core_->metrics.overloads;
    limited_->by->overloaded(*limited_);
}

void call::note_attempt_over(bool well) noexcept
{
    if (!limited_ || !limited_->by || !permit_held_)
        return;
    if (well && exchange_ && exchange_->status / 100 == 2)
        limited_->by->succeeded();
    else if (outcome() == processing::never_sent)
        limited_->by->not_sent(*limited_);
}

void call::used_tokens(std::uint64_t prompt, std::uint64_t answer)
{
    if (limited_ && limited_->by)
        limited_->by->settle(*limited_, prompt, answer);
}

void call::used_bytes(std::uint64_t answer)
{
    if (!limited_ || !limited_->by || limited_->prompt.bytes == 0)
        return;
    const auto tokens = static_cast<double>(answer) / policy::prompt_size::bytes_per_token;
    limited_->by->settle(*limited_, static_cast<std::uint64_t>(limited_->prompt.tokens()),
                         static_cast<std::uint64_t>(tokens), false);
}

// What people are told.

std::string call::queue_report() const
{
    std::size_t waiting = core_->permits.waiting();
    auto oldest = static_cast<std::int64_t>(core_->timers->now());
    const auto now = oldest;
    const auto look_at = [&](const policy::fair_queue& queue) {
        if (const auto* first = queue.oldest())
            oldest = std::min(oldest, first->since);
    };
    if (limited_ && limited_->by) {
        waiting = limited_->by->queue().size();
        look_at(limited_->by->queue());
    } else {
        if (const auto* first = core_->permits.first())
            oldest = std::min(oldest,
                              static_cast<std::int64_t>(static_cast<const call*>(first)->queued_));
        if (core_->permits.keyed() != nullptr)
            look_at(*core_->permits.keyed());
    }
    const auto tenths = (now - oldest) / 100;
    auto report = std::to_string(waiting) + " wait, the first of them for " +
                  std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
    if (limited_ && limited_->by && waiting != 0)
        report.append(" ").append(limited_->by->holding_up());
    return report;
}

std::string_view call::waits_for() const
{
    return limited_ && limited_->by ? limited_->by->holding_up() : std::string_view();
}

} // namespace aloft::detail
