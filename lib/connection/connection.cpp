#include "connection/connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace aloft {
namespace {

namespace asio = boost::asio;

// After this many full reads in a row others get their turn.
constexpr int reads_in_a_row = 4;

} // namespace

connection::connection(std::unique_ptr<net::transport> transport, std::unique_ptr<session> session,
                       timer_service& timers, read_space& space, connection_observer& observer) :
    transport_(std::move(transport)),
    session_(std::move(session)),
    timers_(timers),
    space_(space),
    observer_(&observer),
    watch_(*this),
    slept_(timers.slept())
{
}

connection::~connection() = default;

void connection::start()
{
    wait_readable();
    schedule_flush();
}

void connection::start(std::span<const char> already_read)
{
    const auto self = shared_from_this();
    received(already_read);
    if (ended_)
        return;
    wait_readable();
    schedule_flush();
}

error_code connection::submit(exchange& e)
{
    const bool first = session_->active() == 0;
    if (const auto ec = session_->submit(e))
        return ec;
    e.arrived = timers_.now();
    e.sent_at = timers_.fine_now();
    if (first && liveness_.watching())
        watch_streams();
    schedule_flush();
    return {};
}

error_code connection::respond(exchange& e, const fields& head)
{
    const auto ec = session_->respond(e, head);
    schedule_flush();
    return ec;
}

void connection::abandon(exchange& e, std::uint32_t http2_code)
{
    session_->set_now(timers_.now());
    session_->abandon(e, http2_code);
    schedule_flush();
}

void connection::return_credit(exchange& e)
{
    session_->set_now(timers_.now());
    session_->return_credit(e);
    if (session_->wants_write())
        schedule_flush();
    if (!reading_ && !ended_ && session_->wants_read())
        wait_readable();
}

void connection::resume_body(exchange& e)
{
    session_->resume_body(e);
    schedule_flush();
}

// reading

void connection::wait_readable()
{
    if (reading_ || ended_ || !session_->wants_read())
        return;
    reading_ = true;
    transport_->wait_readable(readable_);
}

void connection::on_readable(error_code ec)
{
    const auto self = shared_from_this(); // a resumed reader may drop the connection
    reading_ = false;
    if (ended_)
        return;
    if (ec)
        return fail(ec);
    timers_.update();
    read_available();
}

void connection::read_available()
{
    in_turn_ = true;
    bool more = true;
    for (int i = 0; i != reads_in_a_row && more && !ended_; ++i) {
        if (!read_once(more))
            return;
    }
    in_turn_ = false;
    flush();
    wait_readable();
}

// False when the connection is over.
bool connection::read_once(bool& more)
{
    error_code ec;
    const auto most = space_.bytes();
    const auto space = most.first(std::min(most.size(), session_->read_limit()));
    const auto count = transport_->try_read(space, ec);
    more = count == space.size();
    if (count != 0) {
        received({space.data(), count});
        if (ended_)
            return false;
        more = more && session_->wants_read();
    }
    if (!ec || ec == asio::error::would_block)
        return true;
    if (ec == asio::error::eof) {
        session_->receive_eof();
        tell(detail::delivery::direct);
        end({});
    } else {
        fail(ec);
    }
    return false;
}

void connection::received(std::span<const char> bytes)
{
    recovered_ = liveness_.heard(timers_.now()) || recovered_;
    session_->set_now(timers_.now());
    const auto held = session_->active();
    const auto ec = session_->receive(bytes);
    freed_ = freed_ || session_->active() < held;
    if (ec)
        error_detail_ = session_->error_detail();
    tell(detail::delivery::direct);
    if (ec && !ended_) {
        in_turn_ = false;
        cause_ = ec;
        flush(); // the farewell that names the error (GOAWAY)
        end(ec);
    }
}

// Resumes readers and tells owners, in order of first byte. Their code may do anything, destroying
// this included.
void connection::tell(detail::delivery how)
{
    auto& ready = session_->ready();
    if (!ready.empty())
        liveness_.heard_content();
    while (!ready.empty()) {
        auto& e = ready.front();
        ready.pop_front();
        freed_ = freed_ || e.closed;
        try {
            tell_one(e, how);
        } catch (...) {
            continue_later();
            throw;
        }
    }
    const auto news = session_->take_news();
    draining_ = draining_ || (news & session::draining) != 0;
    const bool recovered = std::exchange(recovered_, false);
    const bool freed = std::exchange(freed_, false);
    if ((news != 0 || freed || recovered) && observer_ != nullptr && !ended_)
        observer_->slots_changed(*this);
}

void connection::tell_one(exchange& e, detail::delivery how)
{
    e.arrived = timers_.now();
    e.arrived_at = timers_.fine_now();
    detail::waiter* reader = nullptr;
    if (e.reader != nullptr && e.satisfied())
        reader = std::exchange(e.reader, nullptr);
    if (e.closed && e.owner != nullptr)
        std::exchange(e.owner, nullptr)->closed(e);
    if (reader != nullptr)
        reader->resume({}, how);
}

// A handler threw. The exception leaves run(), as in Asio; what it kept from others is done in the
// next turn.
void connection::continue_later()
{
    asio::post(transport_->executor(), [self = shared_from_this()] {
        self->in_turn_ = false;
        if (self->ended_)
            return;
        self->tell(detail::delivery::direct);
        self->flush();
        // What kept the end from happening may have been this: nothing can come or go any more.
        if (!self->ended_ && !self->session_->wants_read() && !self->session_->wants_write())
            self->end({});
        self->wait_readable();
    });
}

// writing

void connection::schedule_flush()
{
    if (flush_scheduled_ || in_turn_ || ended_ || (writing_ && !session_->output_is_void()))
        return;
    flush_scheduled_ = true;
    asio::post(transport_->executor(), [self = shared_from_this()] {
        self->flush_scheduled_ = false;
        self->flush();
    });
}

void connection::flush()
{
    if (ended_)
        return;
    const auto self = shared_from_this();
    if (writing_) {
        if (session_->output_is_void())
            end_if_finished();
        return;
    }
    error_code ec;
    const bool written = write_out(ec);
    session_->output_blocked(!written);
    if (!written) {
        writing_ = true;
        watch_writing();
        transport_->wait_writable(writable_);
    } else if (ec) {
        return write_failed(ec);
    }
    // A server's streams end by what is written, and requests may have waited behind them.
    if (!session_->ready().empty())
        tell(detail::delivery::direct);
    if (!writing_)
        end_if_finished();
    if (const auto due = session_->due(); due && !ended_)
        timers_.arm(due_, *due);
    wait_readable();
}

// Writes until the session has nothing left; false when the transport takes no more.
bool connection::write_out(error_code& ec)
{
    auto* out = &output_;
    for (;;) {
        if (written_ == out->size()) {
            if (out == &output_) {
                output_.release();
                out = &space_.output();
            }
            out->clear();
            written_ = 0;
            session_->set_now(timers_.now());
            session_->produce(*out);
            if (out->empty())
                return transport_->unsent() == 0;
        }
        const auto rest = out->view().substr(written_);
        written_ += transport_->try_write({rest.data(), rest.size()}, ec);
        if (ec == asio::error::would_block) {
            ec = {};
            if (out != &output_)
                std::swap(output_, *out);
            return false;
        }
        if (ec)
            return true;
    }
}

// A server that takes no more of a request has often said why before it hung up (an early answer,
// GOAWAY): what has arrived is read first.
void connection::write_failed(error_code why)
{
    if (std::exchange(write_failed_, true))
        return fail(why);
    const auto self = shared_from_this();
    timers_.update();
    for (bool more = true; more && session_->wants_read();) {
        if (!read_once(more))
            return;
    }
    fail(why);
}

void connection::on_writable(error_code ec)
{
    const auto self = shared_from_this();
    writing_ = false;
    liveness_.write_unblocked();
    if (ended_)
        return;
    if (ec)
        return write_failed(ec);
    flush();
}

} // namespace aloft
