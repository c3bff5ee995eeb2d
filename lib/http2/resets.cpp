#include "http2/http2_session.hpp"

#include <nghttp2/nghttp2.h>

namespace aloft::http2 {

void http2_session::abandon(exchange& e, std::uint32_t http2_code)
{
    if (e.carrier != this)
        return;
    const bool unanswered = e.sent != progress::unsent && e.stream > heard_up_to_;
    if (e.stream < 0)
        detach(e);
    else if (may_defer(e) && !resets_.take(now()))
        defer_reset(e, http2_code);
    else
        reset(e, http2_code);
    e.closed = true;
    e.unlink();
    if (unanswered && role_ == role::client)
        ping();
}

void http2_session::fail(exchange& e, error_code ec, std::uint32_t code) noexcept
{
    reset(e, code);
    e.error = ec;
    e.http2_code = code;
    e.closed = true;
    announce(e);
}

void http2_session::reset(exchange& e, std::uint32_t code) noexcept
{
    detach(e);
    nghttp2_session_set_stream_user_data(ng_, e.stream, nullptr);
    if (queued_ == &e)
        queued_ = nullptr; // no frame goes out for it
    else
        slots_.reset_waits();
    nghttp2_submit_rst_stream(ng_, 0, e.stream, code);
}

// What a caller cancels is reset at a pace. Not deferred is what nghttp2 would ask for more bytes
// to send, or has not sent yet, and what a server resets.
bool http2_session::may_defer(const exchange& e) const noexcept
{
    return role_ == role::client && e.outgoing_ended && queued_ != &e;
}

void http2_session::defer_reset(exchange& e, std::uint32_t code)
{
    detach(e);
    nghttp2_session_set_stream_user_data(ng_, e.stream, nullptr);
    resets_.defer({e.stream, code});
}

void http2_session::send_deferred_resets()
{
    // A connection that is to end is not kept open for the sake of its pace.
    while (const auto next = resets_.next(now(), slots_.closed())) {
        slots_.reset_waits();
        nghttp2_submit_rst_stream(ng_, 0, next->stream, next->code);
        if (!slots_.closed())
            ping(); // nothing else might make the peer speak, which frees the slot
    }
}

} // namespace aloft::http2
