#include "base/http2_codes.hpp"
#include "client/call.hpp"
#include "client/client_core.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace aloft::detail {
namespace {

constexpr tick never = std::numeric_limits<tick>::max();
// RFC 9113, 7
constexpr std::uint32_t http2_cancel = 0x8;
constexpr std::uint32_t http_1_1_required = 0xd;

tick after(tick since, time_limit limit)
{
    return limit.limited() ? since + static_cast<tick>(limit.duration().count()) : never;
}

} // namespace

// clocks

// One wheel entry for all clocks of a request. It is only ever moved to an earlier time: where a
// later phase has a later deadline, the entry fires early and is armed again, which happens once in
// minutes and not once an event.
void call::arm()
{
    error_code ignored;
    auto due = phase_deadline(ignored);
    gap_armed_ = step_ == step::body && body_begun();
    if (total_deadline_ != 0)
        due = std::min(due, total_deadline_);
    if (due == never || (clock_.armed() && clock_.deadline() <= due))
        return;
    core_->timers->arm(clock_, due);
}

void call::on_clock()
{
    const auto now = core_->timers->now();
    if (total_deadline_ != 0 && now >= total_deadline_)
        return fail(errc::total_timeout, initiator::aloft, {});
    if (step_ >= step::judging && step_ != step::backoff &&
        (reader_is_late() || std::exchange(consumed_, false))) {
        late_until_ = now;
    }
    error_code ec;
    if (now < phase_deadline(ec))
        return arm();
    if (step_ == step::backoff)
        return end_backoff();
    auto detail = ec == errc::connect_timeout ? origin_pool_->reached().detail : std::string();
    if (policy_ == nullptr || step_ == step::queue)
        return fail(ec, initiator::aloft, std::move(detail));
    explain(ec, initiator::aloft, std::move(detail));
    fail_or_retry();
}

// When the phase under way is over, and the error that it ends with.
tick call::phase_deadline(error_code& ec) const
{
    switch (step_) {
    case step::queue: ec = errc::queue_timeout; return after(queued_, limits_.queue());
    case step::slot: return slot_deadline(ec);
    case step::head: {
        const auto& upload = outgoing_->body;
        ec = errc::head_timeout;
        if (exchange_->outgoing_ended || !upload.present())
            return after(std::max(phase_started_, upload.progressed()), limits_.head());
        ec = errc::flow_control_stalled;
        const auto since = upload.starved() ? core_->timers->now() : upload.progressed();
        return after(std::max(phase_started_, since), limits_.head());
    }
    case step::backoff: return phase_started_;
    case step::judging:
    case step::collecting:
    case step::body: return body_deadline(ec);
    default: return never;
    }
}

// The queue clock runs all the time, the connect clock while no connection is there at all.
tick call::slot_deadline(error_code& ec) const
{
    ec = errc::queue_timeout;
    const auto queue = after(queued_, limits_.queue());
    if (!origin_pool_->reaching())
        return queue;
    const auto since = std::max(phase_started_, origin_pool_->reaching_since());
    const auto connect = after(since, limits_.connect());
    if (connect < queue)
        ec = errc::connect_timeout;
    return std::min(connect, queue);
}

tick call::body_deadline(error_code& ec) const
{
    const auto& e = *exchange_;
    const bool begun = body_begun();
    if (!begun) {
        ec = errc::first_event_timeout;
        return after(std::max(phase_started_, late_until_), limits_.first_event());
    }
    ec = errc::gap_timeout;
    return after(std::max(reader_judges_ ? progressed_ : e.arrived, late_until_), limits_.gap());
}

// Bytes that lie unread are the reader's delay, not the server's.
bool call::reader_is_late() const noexcept
{
    return !expecting_end_ && !undelivered().empty() && exchange_->reader == nullptr;
}

// failures

void call::expect_end()
{
    if (step_ != step::body)
        return;
    using namespace std::chrono_literals;
    if (!limits_.gap().limited() || limits_.gap().duration() > 5s)
        limits_.gap(5s);
    expecting_end_ = true;
    arm();
}

void call::fail(error_code code, initiator who, std::string detail)
{
    explain(code, who, std::move(detail));
    let_go();
    auto* user = starting_ ? nullptr : std::exchange(user_, nullptr);
    auto* reader = exchange_ ? std::exchange(exchange_->reader, nullptr) : nullptr;
    if (reader == this)
        reader = nullptr;
    else if (decoded_ && reader == decoded_.get())
        reader = std::exchange(decoded_->reader, nullptr);
    finish(); // this may be destroyed from here on
    if (user != nullptr)
        user->resume(code, delivery::posted);
    if (reader != nullptr)
        reader->resume(code, delivery::posted);
}

initiator call::blame(error_code ec) noexcept
{
    if (ec == errc::upload_failed || ec == boost::asio::error::operation_aborted)
        return initiator::caller;
    const bool a_limit = ec == errc::header_list_too_large || ec == errc::too_many_interim ||
                         ec == errc::body_too_large || ec == errc::unread_too_large ||
                         ec == errc::event_too_large || ec == errc::decoded_too_large ||
                         ec == errc::too_many_codings || ec == errc::too_many_redirects ||
                         ec == errc::redirect_refused || ec == errc::control_flood;
    return a_limit ? initiator::aloft : initiator::peer;
}

void call::explain(error_code code, initiator who, std::string detail)
{
    failure_ = std::make_unique<failure>();
    auto& why = *failure_;
    why.code = code;
    why.phase = current_phase();
    why.initiator = who;
    why.processing = outcome();
    why.attempts = attempts_;
    why.detail = std::move(detail);
    if (why.detail.empty() && code == errc::queue_timeout && step_ == step::queue)
        why.detail = waits_for();
    explain_retries(why);
    if (outgoing_ && !outgoing_->what.url_error())
        why.origin = outgoing_->what.url().origin().name();
    else if (origin_pool_ != nullptr)
        why.origin = origin_pool_->origin().name();
    if (exchange_) {
        why.bytes_delivered = delivered_bytes();
        why.http2_code = exchange_->http2_code;
        if (why.http2_code == http_1_1_required && why.detail.empty())
            why.detail = "the server wants HTTP/1.1 for this request (HTTP_1_1_REQUIRED)";
        if (why.detail.empty() && connection_ != nullptr && who == initiator::peer) {
            why.detail = connection_->connection->error_detail();
            if (why.detail.empty())
                why.detail = connection_->connection->carried().error_detail();
        }
        if (code == errc::stream_reset && why.detail.empty())
            why.detail = http2::code_name(why.http2_code);
    }
}

const failure* call::why() noexcept
{
    if (failure_ && exchange_)
        failure_->bytes_delivered = delivered_bytes();
    return failure_.get();
}

std::uint64_t call::delivered_bytes() const noexcept
{
    const auto came = decoded_ ? decoded_->total() : exchange_->total_received;
    return came - undelivered().size() - collected_.size();
}

failure call::explained(error_code ec)
{
    if (failure_ && failure_->code == ec)
        return *why();
    // It ended a wait, not the stream, so it is not kept.
    auto kept = std::exchange(failure_, nullptr);
    explain(ec, blame(ec), {});
    return std::move(*std::exchange(failure_, std::move(kept)));
}

phase call::current_phase() const
{
    switch (step_) {
    case step::created: return phase::prepare;
    case step::queue:
    case step::backoff: return phase::queue;
    case step::slot: return origin_pool_->reaching() ? origin_pool_->reached().phase : phase::queue;
    case step::head: return phase::head;
    default: return phase::body;
    }
}

processing call::outcome() const
{
    if (!exchange_)
        return earlier_;
    if (exchange_->head_complete)
        return processing::partly_delivered;
    switch (exchange_->sent) {
    case progress::unsent: return earlier_;
    case progress::refused: return std::max(earlier_, processing::refused);
    case progress::sent:
    case progress::stale: break;
    }
    return processing::maybe;
}

bool call::timed_out() const noexcept
{
    if (!failure_ || failure_->initiator != initiator::aloft)
        return false;
    const auto code = failure_->code;
    return code == errc::head_timeout || code == errc::first_event_timeout ||
           code == errc::gap_timeout || code == errc::total_timeout ||
           code == errc::flow_control_stalled;
}

// Leaves whatever the request waits for or is carried by. What was received stays.
void call::let_go()
{
    stop_waiting();
    if (step_ == step::queue)
        leave_queue();
    else if (step_ == step::slot)
        origin_pool_->cancel(*this);
    if (!exchange_)
        return;
    exchange_->owner = nullptr;
    exchange_->unlink();
    exchange_->closed = true;
    auto* carried_by = std::exchange(connection_, nullptr);
    if (carried_by == nullptr)
        return;
    if (exchange_->carrier != nullptr) {
        ++core_->metrics.abandoned;
        carried_by->connection->abandon(*exchange_, http2_cancel);
    }
    if (core_->closed)
        return; // who waits is told the same, and not served
    origin_pool_->abandoned(*carried_by, timed_out());
}

void call::cancel()
{
    if (step_ == step::created || step_ == step::over) {
        if (exchange_) {
            if (auto* reader = std::exchange(exchange_->reader, nullptr))
                reader->resume(boost::asio::error::operation_aborted, delivery::posted);
        }
        return;
    }
    fail(boost::asio::error::operation_aborted, initiator::caller, {});
}

void call::cancelled_by(waiter&)
{
    user_ = nullptr;
    cancel();
}

void call::close()
{
    fail(errc::client_closed, initiator::caller, {});
}

} // namespace aloft::detail
