#include "http2/http2_session.hpp"
#include "http2/nghttp2_setup.hpp"
#include "http2/session_events.hpp"

namespace aloft::http2 {

server_session::server_session(const session_limits& limits, exchange_acceptor& acceptor) :
    http2_session(role::server, limits), acceptor_(&acceptor)
{
}

error_code server_session::submit(exchange&)
{
    return errc::invalid_request;
}

error_code server_session::respond(exchange& e, const fields& head)
{
    if (e.carrier != this)
        return errc::stream_reset;
    if (!sendable(head))
        return errc::invalid_request;
    const field_array list(head, &head == e.outgoing ? borrowed : copied);
    auto provider = body_of(e);
    if (nghttp2_submit_response(ng_, e.stream, list.data(), list.size(),
                                e.outgoing_body != nullptr ? &provider : nullptr) != 0)
        return errc::invalid_request;
    return {};
}

bool server_session::begin_request(std::int32_t stream)
{
    auto* e = acceptor_->open();
    if (e == nullptr)
        return false;
    attach(*e);
    e->stream = stream;
    streams_.open(*e);
    nghttp2_session_set_stream_user_data(ng_, stream, e);
    return true;
}

void server_session::head_arrived(exchange& e)
{
    if (e.head_complete) {
        e.trailers = std::make_unique<fields>();
        take_head(*e.trailers);
    } else {
        take_head(e.head);
        e.head_complete = true;
    }
    announce(e);
}

error_code server_session::outcome(exchange& e, ending how, std::uint32_t code)
{
    e.http2_code = code;
    switch (how) {
    case ending::finished: return {};
    case ending::reset_by_peer: return errc::stream_reset;
    case ending::reset_here: return violation(e);
    case ending::dropped: break;
    }
    return errc::stream_refused;
}

/// Two GOAWAYs (RFC 9113, 6.8): the first says that it ends, and once its PING is answered no
/// request can be under way that the second would refuse.
void server_session::drain()
{
    if (slots_.closed() || nghttp2_submit_shutdown_notice(ng_) != 0)
        return;
    expect_own_goaway();
    slots_.close();
    final_goaway_due_ = true;
    ping();
}

void server_session::ping_answered()
{
    if (std::exchange(final_goaway_due_, false))
        submit_goaway(nghttp2_session_get_last_proc_stream_id(ng_), NGHTTP2_NO_ERROR);
}

void server_session::allow_extended_connect()
{
    const nghttp2_settings_entry allowed{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
    nghttp2_submit_settings(ng_, 0, &allowed, 1);
}

void server_session::set_max_streams(std::uint32_t streams)
{
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams};
    nghttp2_submit_settings(ng_, 0, &entry, 1);
}

void server_session::go_away(std::uint32_t code, std::int32_t last_stream)
{
    submit_goaway(last_stream, code);
    slots_.close();
}

} // namespace aloft::http2
