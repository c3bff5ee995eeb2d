#include "http1/http1_base.hpp"

namespace aloft::http1 {

http1_base::~http1_base()
{
    if (exchange_ != nullptr)
        exchange_->carrier = nullptr;
}

void http1_base::transport_failed(error_code ec)
{
    farewell_.clear();
    stop(ec);
}

void http1_base::abandon(exchange& e, std::uint32_t)
{
    if (exchange_ != &e)
        return;
    // A client's request of which nothing was handed out never was.
    const bool unsent = e.sent == progress::unsent && !e.head_complete;
    exchange_ = nullptr;
    e.carrier = nullptr;
    e.closed = true;
    e.unlink();
    head_.clear();
    body_ = {};
    if (unsent)
        finished_ = finished_ || draining_ || closing_;
    else
        stop(errc::connection_closed);
}

void http1_base::resume_body(exchange& e)
{
    if (exchange_ == &e)
        body_.resume();
}

void http1_base::on_body(std::string_view bytes)
{
    exchange_->received.append(bytes.data(), bytes.size(), *exchange_->pool);
    exchange_->total_received += bytes.size();
    announce(*exchange_);
}

void http1_base::close_exchange(error_code ec) noexcept
{
    auto& e = *std::exchange(exchange_, nullptr);
    e.error = ec;
    e.closed = true;
    e.carrier = nullptr;
    head_.clear();
    body_ = {};
    announce(e);
}

void http1_base::stop(error_code ec) noexcept
{
    finished_ = true;
    if (exchange_ != nullptr) {
        note_progress(*exchange_);
        close_exchange(ec);
    }
}

void http1_base::close_after_this() noexcept
{
    if (!closing_)
        announce(draining);
    closing_ = true;
}

error_code http1_base::produce_message(output_buffer& out)
{
    if (!head_.empty()) {
        if (out.full())
            return {};
        out.append(head_);
        head_.clear();
        exchange_->sent = progress::sent;
    }
    const auto ec = body_.produce(out);
    exchange_->outgoing_ended = !ec && body_.done();
    return ec;
}

} // namespace aloft::http1
