#include "client/call.hpp"
#include "client/client_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aloft::detail {
namespace {

// A body being gathered is taken out of the stream's buffer in pieces of this size, so that credit
// flows back: half the smallest window a session shrinks to.
constexpr std::size_t gather_piece = 8 * 1024;

// What a reader took is told to the session in pieces of this size: well below the smallest window
// a session shrinks to, or a stream could come to rest.
constexpr std::uint32_t credit_piece = 4 * 1024;

} // namespace

// Takes what has arrived of a body that is wanted whole.
void call::gather(delivery how)
{
    auto& e = *exchange_;
    const auto window = core_->options.limits().stream_window;
    if (decoded_ || e.incoming_ended || e.closed ||
        e.received.size() >= std::min<std::size_t>(gather_piece, window / 2)) {
        if (!gather_arrived())
            return fail(errc::body_too_large, initiator::aloft,
                        "more than " + std::to_string(body_limit_) + " bytes");
    }
    if (!e.incoming_ended && !e.closed) {
        wait_for(exchange::wants::more);
        return arm();
    }
    const auto ec = body_error();
    if (ec && policy_) {
        if (!failure_)
            explain(ec, blame(ec), {});
        return fail_or_retry();
    }
    step_ = step::body;
    let_go();
    finish();
    complete(ec, how);
}

// Moves what is unread to what is collected; false where that is too much.
bool call::gather_arrived()
{
    for (auto arrived = unread().readable(); !arrived.empty(); arrived = unread().readable()) {
        if (collected_.size() + arrived.size() > body_limit_)
            return false;
        collected_.append(arrived);
        consume(arrived.size());
    }
    return true;
}

bool call::wait_data(waiter& user, error_code& ec)
{
    exchange_->reader_wants = exchange::wants::data;
    if (data_ready()) {
        ec = body_error();
        return false;
    }
    // The time between what arrived and its being read is the reader's.
    const auto now = core_->timers->update();
    if (std::exchange(consumed_, false) && now > exchange_->arrived)
        late_until_ = now;
    exchange_->reader = &user;
    if (decoded_) {
        decoded_->reader = &user;
        exchange_->reader = decoded_.get();
    }
    if (step_ == step::body && !gap_armed_)
        arm();
    return true;
}

void call::cancel_wait(waiter& user) noexcept
{
    if (decoded_ && decoded_->reader == &user)
        exchange_->reader = decoded_->reader = nullptr;
    else if (exchange_->reader == &user)
        exchange_->reader = nullptr;
}

bool call::collect(waiter& user, error_code& ec)
{
    user_ = &user;
    const auto before = step_;
    starting_ = true;
    if (before == step::over) { // everything has arrived
        ec = gather_arrived() ? body_error() : make_error_code(errc::body_too_large);
    } else {
        step_ = step::collecting;
        gather(delivery::posted);
        if (step_ == step::over)
            ec = failure_ ? failure_->code : error_code();
    }
    starting_ = false;
    const bool waits = step_ == step::collecting;
    if (!waits)
        user_ = nullptr;
    return waits;
}

void call::cancel_collect(waiter&) noexcept
{
    user_ = nullptr;
    if (step_ == step::collecting) {
        step_ = step::body;
        exchange_->reader = nullptr;
    }
}

void call::consume(std::size_t count)
{
    consumed_ = consumed_ || count != 0;
    if (decoded_)
        return decoded_->unread().consume(count, core_->buffers);
    exchange_->received.consume(count, core_->buffers);
    give_credit(count);
}

void call::give_credit(std::size_t count)
{
    auto& e = *exchange_;
    if (e.carrier == nullptr)
        return;
    e.consumed += static_cast<std::uint32_t>(count);
    if (e.consumed >= std::min(credit_piece, core_->options.limits().stream_window / 8))
        connection_->connection->return_credit(e);
}

bool call::data_ready()
{
    if (!decoded_)
        return exchange_->satisfied();
    return !unread().empty() || decoded_->ended() || exchange_->closed;
}

bool call::body_ended()
{
    if (!unread().empty())
        return false;
    return decoded_ ? decoded_->ended() : exchange_->incoming_ended;
}

error_code call::body_error()
{
    if (!unread().empty())
        return {};
    if (failure_)
        return failure_->code;
    return exchange_->closed ? exchange_->error : error_code();
}

void call::note_progress(bool event) noexcept
{
    progressed_ = core_->timers->now();
    if (event && !first_event_seen_ && limited_ && limited_->by)
        limited_->by->first_token(*limited_);
    first_event_seen_ = first_event_seen_ || event;
}

} // namespace aloft::detail
