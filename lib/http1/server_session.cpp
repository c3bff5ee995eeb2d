#include "http1/http1_base.hpp"
#include "http1/http1_session.hpp"

#include <boost/beast/core/string.hpp>

#include <optional>

namespace aloft::http1 {
namespace {

/// An answer of the session's own, the last one on its connection.
std::string final_answer(std::string_view status)
{
    std::string text("HTTP/1.1 ");
    return text.append(status).append("\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

class server_session final : public http1_base {
public:
    server_session(const session_limits& limits, exchange_acceptor& acceptor) :
        http1_base(limits), reader_(*this, limits.header_list), acceptor_(&acceptor)
    {
    }

    error_code receive(std::span<const char> bytes) override;
    void receive_eof() override;
    void produce(output_buffer& out) override;
    [[nodiscard]] bool wants_read() const override
    {
        return !finished_ && farewell_.empty() && pipelined_.empty() && !window_full();
    }
    [[nodiscard]] bool wants_write() const override
    {
        return (continue_due_ && exchange_ != nullptr) || has_output();
    }
    error_code submit(exchange&) override { return errc::invalid_request; }
    error_code respond(exchange& e, const fields& head) override;
    void drain() override;

private:
    error_code on_head(incoming_message& message) override;
    error_code list_head(incoming_message& message, fields& into);
    error_code read_requests(std::string_view bytes);
    void end_of_request();
    void end_if_complete();
    error_code broke(error_code ec);

    message_reader<true> reader_;
    exchange_acceptor* acceptor_;
    std::string pipelined_; // what came behind the request under way
    response_reader peer_;
    bool responding_ = false;
    bool continue_due_ = false; // the client waits for 100 (RFC 9110, 10.1.1)
    bool body_declined_ = false; // answered instead of 100
    bool refused_ = false;
};

error_code server_session::receive(std::span<const char> bytes)
{
    if (finished_ || !farewell_.empty())
        return {};
    const std::string_view text(bytes.data(), bytes.size());
    if (exchange_ != nullptr && exchange_->incoming_ended) {
        pipelined_.append(text);
        return {};
    }
    return read_requests(text);
}

/// Reads requests up to one that waits for its response.
error_code server_session::read_requests(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (!reader_.started() && (bytes.front() == '\r' || bytes.front() == '\n')) {
            bytes.remove_prefix(1); // RFC 9112, 2.2: an empty line before a request
            continue;
        }
        error_code ec;
        bytes.remove_prefix(reader_.feed(bytes, ec));
        if (ec)
            return broke(ec);
        if (!reader_.done())
            break;
        end_of_request();
        if (exchange_ != nullptr) {
            pipelined_.append(bytes);
            break;
        }
        if (finished_)
            break;
    }
    return {};
}

error_code server_session::on_head(incoming_message& message)
{
    fields list;
    if (const auto ec = list_head(message, list))
        return ec;
    auto* const e = acceptor_->open();
    if (e == nullptr) {
        refused_ = true;
        return errc::stream_refused;
    }
    exchange_ = e;
    e->carrier = this;
    e->head = std::move(list);
    e->head_complete = true;
    announce(*e);
    peer_ = {message.method == "HEAD", message.http11, !reader_.keep_alive()};
    body_declined_ = false;
    const auto expected = e->head.get("expect");
    continue_due_ = expected && message.http11 && !reader_.done() &&
                    boost::beast::iequals({expected->data(), expected->size()}, "100-continue");
    return {};
}

/// The request's fields as HTTP/2 has them: pseudo-fields first, Host as ":authority".
error_code server_session::list_head(incoming_message& message, fields& into)
{
    std::string_view path = message.target;
    std::string_view scheme = "http";
    std::optional<std::string_view> authority;
    std::size_t hosts = 0;
    for (const auto [name, value] : message.head) {
        if (name == "host") {
            authority = value;
            ++hosts;
        }
    }
    if (hosts > 1 || (hosts == 0 && message.http11)) {
        detail_ = hosts > 1 ? "malformed request: two Host fields" : "malformed request: no Host";
        return errc::protocol_error; // RFC 9112, 3.2
    }
    for (const std::string_view absolute : {"http://", "https://"}) {
        if (path.starts_with(absolute)) { // RFC 9112, 3.2.2
            scheme = absolute.substr(0, absolute.size() - 3);
            path.remove_prefix(absolute.size());
            authority = path.substr(0, path.find('/'));
            path.remove_prefix(authority->size());
            if (path.empty())
                path = "/";
            break;
        }
    }
    if (!path.starts_with('/') && path != "*") {
        detail_ = "malformed request: bad target";
        return errc::protocol_error;
    }
    into.add(":method", message.method);
    into.add(":scheme", scheme);
    if (authority)
        into.add(":authority", *authority);
    into.add(":path", path);
    message.head.erase("host");
    into.append(message.head);
    return {};
}

void server_session::end_of_request()
{
    continue_due_ = false;
    exchange_->incoming_ended = true;
    exchange_->trailers = std::move(reader_.message().trailers);
    announce(*exchange_);
    end_if_complete();
}

void server_session::end_if_complete()
{
    if (!exchange_->outgoing_ended || !(exchange_->incoming_ended || body_declined_))
        return;
    close_exchange({});
    responding_ = false;
    if (closing_ || draining_)
        finished_ = true;
    else
        reader_.next(false);
}

error_code server_session::broke(error_code ec)
{
    if (detail_.empty())
        detail_ = reader_.take_detail();
    if (!responding_) {
        std::string_view status = "400 Bad Request";
        if (refused_)
            status = "503 Service Unavailable";
        else if (ec == errc::header_list_too_large)
            status = "431 Request Header Fields Too Large";
        farewell_ = final_answer(status);
    }
    stop(ec);
    return refused_ ? error_code() : ec;
}

error_code server_session::respond(exchange& e, const fields& head)
{
    if (exchange_ != &e || responding_)
        return errc::invalid_request;
    // A client not told to continue may send its body or not: what follows is not to be trusted.
    auto reader = peer_;
    reader.close = reader.close || draining_ || continue_due_;
    outgoing_plan plan;
    if (const auto ec = write_response_head(head, e.outgoing_body, reader, head_, plan)) {
        head_.clear();
        return ec;
    }
    body_.start(e.outgoing_body, plan);
    responding_ = true;
    body_declined_ = std::exchange(continue_due_, false);
    if (plan.close)
        close_after_this();
    return {};
}

void server_session::produce(output_buffer& out)
{
    if (std::exchange(continue_due_, false) && exchange_ != nullptr)
        out.append("HTTP/1.1 100 Continue\r\n\r\n");
    while (exchange_ != nullptr && responding_ && !exchange_->outgoing_ended) {
        if (const auto ec = produce_message(out)) {
            stop(ec);
            return;
        }
        if (!exchange_->outgoing_ended)
            return;
        end_if_complete();
        if (exchange_ == nullptr && !finished_ && !pipelined_.empty())
            read_requests(std::exchange(pipelined_, {}));
    }
    out.append(farewell_);
    farewell_.clear();
}

void server_session::receive_eof()
{
    if (exchange_ != nullptr && !exchange_->incoming_ended)
        stop(errc::truncated_body);
    else
        stop(errc::connection_closed);
}

void server_session::drain()
{
    draining_ = true;
    announce(draining);
    if (exchange_ == nullptr && !reader_.started())
        finished_ = true;
}

} // namespace

std::unique_ptr<session> make_server_session(const session_limits& limits, buffer_pool&,
                                             exchange_acceptor& acceptor)
{
    return std::make_unique<server_session>(limits, acceptor);
}

} // namespace aloft::http1
