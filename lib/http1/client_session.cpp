#include "base/quoted.hpp"
#include "http1/http1_base.hpp"
#include "http1/http1_session.hpp"
#include "http1/keep_alive.hpp"

namespace aloft::http1 {
namespace {

class client_session final : public http1_base {
public:
    explicit client_session(const session_limits& limits) :
        http1_base(limits), reader_(*this, limits.header_list)
    {
    }

    error_code receive(std::span<const char> bytes) override;
    void receive_eof() override;
    void produce(output_buffer& out) override;
    [[nodiscard]] bool wants_read() const override { return !finished_ && !window_full(); }
    [[nodiscard]] std::optional<std::uint64_t> peer_idle() const override { return peer_idle_; }
    [[nodiscard]] bool wants_write() const override
    {
        return !finished_ && !upload_cut_ && has_output();
    }
    // All that can be left is the rest of an upload that was answered or abandoned.
    [[nodiscard]] bool output_is_void() const override { return finished(); }
    error_code submit(exchange& e) override;
    error_code respond(exchange&, const fields&) override { return errc::invalid_request; }
    void drain() override;

private:
    error_code on_head(incoming_message& message) override;
    void note_progress(exchange& e) noexcept override;
    error_code fail(error_code ec);
    error_code end_of_interim();
    void end_of_response();

    message_reader<false> reader_;
    outgoing_head request_head_; // room for one
    std::optional<std::uint64_t> peer_idle_;
    std::size_t interim_ = 0;
    bool to_head_ = false; // the request is HEAD
    bool answered_ = false; // a byte of the response was seen
    bool upload_cut_ = false; // the server refused the request before it was sent whole
    bool used_before_ = false; // an exchange was completed
};

error_code client_session::submit(exchange& e)
{
    if (capacity() == 0)
        return errc::connection_closed;
    if (exchange_ != nullptr)
        return errc::invalid_request;
    request_head_.clear();
    if (e.outgoing != nullptr)
        request_head_.append(*e.outgoing);
    else
        e.owner->write_head(e, request_head_);
    outgoing_plan plan;
    if (const auto ec = write_request_head(request_head_, e.outgoing_body, head_, plan)) {
        head_.clear();
        return ec;
    }
    body_.start(e.outgoing_body, plan);
    if (plan.close)
        close_after_this();
    to_head_ = request_head_.get(":method") == "HEAD";
    answered_ = false;
    interim_ = 0;
    reader_.next(to_head_);
    exchange_ = &e;
    e.carrier = this;
    e.sent = progress::unsent;
    return {};
}

void client_session::produce(output_buffer& out)
{
    if (exchange_ == nullptr || exchange_->outgoing_ended || upload_cut_)
        return;
    if (const auto ec = produce_message(out))
        stop(ec);
}

error_code client_session::receive(std::span<const char> bytes)
{
    if (finished_ || bytes.empty())
        return {};
    std::string_view rest(bytes.data(), bytes.size());
    // Bytes nobody asked for must never be taken for the answer to what is asked next.
    if (exchange_ == nullptr || exchange_->sent == progress::unsent) {
        detail_ = "bytes without a request: " + quoted(rest);
        return fail(errc::protocol_error);
    }
    answered_ = true;
    while (!rest.empty()) {
        error_code ec;
        rest.remove_prefix(reader_.feed(rest, ec));
        if (!ec && reader_.done() && reader_.message().status < 200) {
            ec = end_of_interim();
        } else if (!ec && reader_.done()) {
            end_of_response();
            break;
        }
        if (ec) {
            if (detail_.empty())
                detail_ = reader_.take_detail();
            return fail(ec);
        }
    }
    if (rest.empty() || finished_)
        return {};
    detail_ = "bytes behind the response: " + quoted(rest);
    return fail(errc::protocol_error);
}

error_code client_session::on_head(incoming_message& message)
{
    if (message.status == 101) {
        detail_ = "101 (Switching Protocols) without a request to switch";
        return errc::protocol_error;
    }
    if (message.status < 200) {
        if (exchange_->keep_interim) {
            exchange_->keep(static_cast<std::uint16_t>(message.status), std::move(message.head));
            announce(*exchange_);
        }
        return {};
    }
    exchange_->status = static_cast<std::uint16_t>(message.status);
    exchange_->head = std::move(message.head);
    exchange_->head_complete = true;
    announce(*exchange_);
    const auto told = read_keep_alive(exchange_->head.get("keep-alive").value_or(""));
    if (told.timeout)
        peer_idle_ = told.timeout;
    if (!reader_.keep_alive() || told.max == std::uint64_t(0))
        close_after_this();
    // RFC 9112, 9.5: who is told of an error while it sends stops sending.
    if (message.status >= 400 && !exchange_->outgoing_ended) {
        upload_cut_ = true;
        close_after_this();
    }
    return {};
}

error_code client_session::end_of_interim()
{
    if (++interim_ > limits_.interim_responses)
        return errc::too_many_interim;
    reader_.next(to_head_);
    return {};
}

void client_session::end_of_response()
{
    exchange_->incoming_ended = true;
    exchange_->trailers = std::move(reader_.message().trailers);
    // An answer before the request was sent whole leaves the rest of it owed.
    if (!exchange_->outgoing_ended || output_blocked())
        close_after_this();
    used_before_ = true;
    close_exchange({});
    finished_ = closing_ || draining_;
}

void client_session::receive_eof()
{
    if (exchange_ != nullptr && answered_) {
        error_code ec;
        reader_.feed_eof(ec);
        if (ec)
            stop(ec);
        else
            end_of_response();
    }
    stop(errc::connection_closed);
}

void client_session::drain()
{
    draining_ = true;
    announce(draining);
    finished_ = finished_ || exchange_ == nullptr;
}

void client_session::note_progress(exchange& e) noexcept
{
    if (e.sent == progress::sent && used_before_ && !answered_)
        e.sent = progress::stale;
}

error_code client_session::fail(error_code ec)
{
    stop(ec);
    return ec;
}

} // namespace

std::unique_ptr<session> make_client_session(const session_limits& limits, buffer_pool&)
{
    return std::make_unique<client_session>(limits);
}

} // namespace aloft::http1
