#include "http2/http2_session.hpp"
#include "http2/nghttp2_setup.hpp"
#include "http2/session_events.hpp"

namespace aloft::http2 {
namespace {

/// What nghttp2 must know of a request, whose fields are written by field_block(): to which methods
/// a response has no body, whatever length it tells.
nghttp2_nv method_of_interest(const outgoing_head& head) noexcept
{
    constexpr std::string_view name = ":method";
    const auto value = head.get(name);
    return value == "HEAD" || value == "CONNECT" ? as_nv({name, *value}, borrowed) : nghttp2_nv{};
}

} // namespace

client_session::client_session(const session_limits& limits) : http2_session(role::client, limits)
{
}

error_code client_session::submit(exchange& e)
{
    if (slots_.closed())
        return dead() ? errc::connection_closed : errc::stream_refused;
    attach(e);
    streams_.wait(e);
    return {};
}

error_code client_session::respond(exchange&, const fields&)
{
    return errc::invalid_request;
}

/// Hands one request to nghttp2, just before it is written: what waits, waits with us, where it can
/// be taken back at no cost, and within the peer's limit of streams as it is now. False: there is
/// none to start.
bool client_session::start_next()
{
    if (!may_start() || !settle_extended_connect())
        return false;
    auto& e = streams_.open_next();
    head_.clear();
    if (e.outgoing != nullptr)
        head_.append(*e.outgoing);
    else
        e.owner->write_head(e, head_);
    if (!sendable(head_)) {
        close(e, errc::invalid_request);
        return true;
    }
    const auto method = method_of_interest(head_);
    auto provider = body_of(e);
    e.stream = nghttp2_submit_request(ng_, nullptr, &method, method.namelen != 0 ? 1 : 0,
                                      e.outgoing_body != nullptr ? &provider : nullptr, &e);
    if (e.stream < 0) {
        close(e, make_error_code(boost::system::errc::not_enough_memory));
        return true;
    }
    queued_ = started_ = found(e.stream) = &e;
    ++opened_;
    if (slots_.opened(e.stream))
        announce(draining);
    return true;
}

/// Coded at the moment the frame leaves, since the peer decodes blocks in the order they arrive. A
/// request that was taken back before has left no trace.
std::optional<std::string_view> client_session::field_block(const exchange* e, bool trailers)
{
    if (!trailers)
        return encoder_.encode(head_);
    outgoing_head list;
    const auto* const behind = e != nullptr ? e->outgoing_body->trailers() : nullptr;
    if (behind != nullptr)
        list.append(*behind);
    return encoder_.encode(list);
}

/// RFC 8441, 3: ":protocol" may be sent only to a server that said so in its SETTINGS. False while
/// these are not there, or when nothing else waits.
bool client_session::settle_extended_connect()
{
    while (auto* next = streams_.first_waiting()) {
        if (!next->extended_connect)
            return true;
        if (!slots_.told())
            return false;
        if (nghttp2_session_get_remote_settings(ng_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1)
            return true;
        close(*next, errc::extended_connect_unsupported);
    }
    return false;
}

void client_session::head_arrived(exchange& e)
{
    if (e.head_complete) {
        e.trailers = std::make_unique<fields>();
        take_head(*e.trailers);
    } else if (status_ < 200) {
        if (++e.interim > limits_.interim_responses)
            return fail(e, errc::too_many_interim, NGHTTP2_ENHANCE_YOUR_CALM);
        if (!e.keep_interim)
            return;
        e.keep(status_, scratch_);
    } else {
        e.status = status_;
        take_head(e.head);
        e.head_complete = true;
    }
    announce(e);
}

error_code client_session::outcome(exchange& e, ending how, std::uint32_t code)
{
    if (how == ending::finished)
        return {};
    e.http2_code = code;
    switch (how) {
    case ending::reset_by_peer:
        // RFC 9113, 8.1: a server that answered early resets the rest of the request with NO_ERROR.
        // node's, which does so to every request whose body nobody read, may lose END_STREAM over
        // it.
        e.incoming_ended = e.incoming_ended ||
                           (code == NGHTTP2_NO_ERROR && announced_length(e) == e.total_received);
        if (code == NGHTTP2_NO_ERROR && e.incoming_ended)
            return {};
        // HTTP_1_1_REQUIRED says as much: it was not processed, for this version's sake.
        if ((code == NGHTTP2_REFUSED_STREAM || code == NGHTTP2_HTTP_1_1_REQUIRED) &&
            !e.head_complete) {
            e.sent = progress::refused;
            return errc::stream_refused;
        }
        return errc::stream_reset;
    case ending::reset_here: return violation(e);
    default: break;
    }
    // nghttp2 says REFUSED_STREAM whatever the GOAWAY said.
    e.http2_code = goaway_code_;
    if (e.sent == progress::sent)
        e.sent = progress::refused;
    return errc::stream_refused;
}

void client_session::drain()
{
    if (slots_.closed())
        return;
    slots_.close();
    submit_goaway(0, NGHTTP2_NO_ERROR);
    announce(draining);
}

} // namespace aloft::http2
