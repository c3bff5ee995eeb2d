#include "http2/session_events.hpp"

#include "http2/nghttp2_setup.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>

namespace aloft::http2 {
namespace {

constexpr std::size_t frame_header = 9;

std::string_view text(const std::uint8_t* bytes, std::size_t size) noexcept
{
    return {reinterpret_cast<const char*>(bytes), size};
}

http2_session& session_of(void* self) noexcept
{
    return *static_cast<http2_session*>(self);
}

} // namespace

const nghttp2_session_callbacks* session_events::table()
{
    static const auto* const made = [] {
        nghttp2_session_callbacks* to = nullptr;
        if (nghttp2_session_callbacks_new(&to) != 0)
            throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_begin_frame_callback(to, begin_frame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(to, begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(to, header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(to, data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(to, frame_received);
        nghttp2_session_callbacks_set_on_stream_close_callback(to, stream_closed);
        nghttp2_session_callbacks_set_send_data_callback(to, send_data);
        nghttp2_session_callbacks_set_on_frame_send_callback(to, frame_sent);
        return to;
    }();
    return made;
}

/// Every frame passes here, those included that nghttp2 ignores.
int session_events::begin_frame(nghttp2_session*, const nghttp2_frame_hd*, void* self) noexcept
{
    return session_of(self).guard_.frame() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int session_events::begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept
{
    auto& s = session_of(self);
    const auto stream = frame->hd.stream_id;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST && !s.begin_request(stream)) {
        nghttp2_submit_rst_stream(s.ng_, 0, stream, NGHTTP2_REFUSED_STREAM);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // skips the rest of the list
    }
    s.scratch_.clear();
    s.list_size_ = 0;
    return 0;
}

int session_events::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                           std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                           std::uint8_t, void* self) noexcept
{
    auto& s = session_of(self);
    auto* e = s.at(frame->hd.stream_id);
    if (e == nullptr)
        return 0;
    s.list_size_ += name_size + value_size + 32; // RFC 9113, 6.5.2
    if (s.list_size_ > s.limits_.header_list) {
        s.fail(*e, errc::header_list_too_large, NGHTTP2_ENHANCE_YOUR_CALM);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (*name == ':' && s.role_ == http2_session::role::client)
        // ":status", the only one: nghttp2 has seen to it that it is three digits.
        s.status_ = static_cast<std::uint16_t>((value[0] - '0') * 100 + (value[1] - '0') * 10 +
                                               (value[2] - '0'));
    else
        s.scratch_.add_lowered(text(name, name_size), text(value, value_size));
    return 0;
}

int session_events::data(nghttp2_session*, std::uint8_t, std::int32_t stream,
                         const std::uint8_t* bytes, std::size_t count, void* self) noexcept
{
    auto& s = session_of(self);
    if (count == 0)
        return 0;
    s.credit_.passed(count);
    auto* e = s.at(stream);
    if (e == nullptr) {
        s.guard_.moved(count);
        return 0;
    }
    s.guard_.delivered();
    e->received.append(reinterpret_cast<const char*>(bytes), count, *e->pool);
    e->total_received += count;
    s.credit_.held(count);
    s.announce(*e);
    return 0;
}

int session_events::frame_received(nghttp2_session*, const nghttp2_frame* frame,
                                   void* self) noexcept
{
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_DATA && !ends)
        return 0; // data() has done it all
    auto& s = session_of(self);
    const auto stream = frame->hd.stream_id;
    switch (frame->hd.type) {
    case NGHTTP2_DATA:
        if (auto* e = s.at(stream)) {
            e->incoming_ended = true;
            s.announce(*e);
        }
        break;
    case NGHTTP2_HEADERS:
        if (auto* e = s.at(stream)) {
            s.head_arrived(*e);
            if (ends && !e->closed)
                e->incoming_ended = true;
        }
        break;
    case NGHTTP2_RST_STREAM: s.reset_by_peer_ = stream; break;
    case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
            for (const auto& entry : std::span(frame->settings.iv, frame->settings.niv)) {
                if (entry.settings_id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE)
                    s.header_table_limited(entry.value);
            }
            s.slots_.peer_allows(nghttp2_session_get_remote_settings(
                s.ng_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
            s.announce(session::limits_changed);
            s.give_up_waiting();
        }
        break;
    case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
            s.announce(session::alive);
            if (s.measured(frame->ping.opaque_data))
                break;
            s.ping_outstanding_ = false;
            s.ping_answered();
        }
        break;
    case NGHTTP2_GOAWAY: goaway_received(s, frame->goaway); break;
    default: break;
    }
    return 0;
}

void session_events::goaway_received(http2_session& s, const nghttp2_goaway& frame)
{
    s.goaway_code_ = frame.error_code;
    if (frame.opaque_data_len != 0)
        s.explain(text(frame.opaque_data, frame.opaque_data_len));
    else if (frame.error_code != NGHTTP2_NO_ERROR)
        s.explain(nghttp2_http2_strerror(frame.error_code));
    s.slots_.close();
    s.announce(session::draining);
    // In the order they were sent, in which they are sent again; nghttp2 hands them out in another.
    while (auto* e = s.role_ == http2_session::role::client
                         ? s.streams_.first_above(frame.last_stream_id)
                         : nullptr) {
        nghttp2_session_set_stream_user_data(s.ng_, e->stream, nullptr);
        s.close(*e, s.outcome(*e, http2_session::ending::dropped, frame.error_code));
    }
    while (auto* e = s.streams_.first_waiting()) {
        e->http2_code = frame.error_code;
        s.close(*e, errc::stream_refused);
    }
}

int session_events::stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t code,
                                  void* self) noexcept
{
    using ending = http2_session::ending;
    auto& s = session_of(self);
    auto how = code == NGHTTP2_NO_ERROR ? ending::finished : ending::dropped;
    if (s.reset_by_peer_ == stream)
        how = ending::reset_by_peer;
    else if (s.reset_here_ == stream)
        how = ending::reset_here;
    s.reset_by_peer_ = s.reset_here_ = 0;
    if (s.opened_ != 0)
        --s.opened_;
    if (auto* e = s.at(stream)) {
        if (s.queued_ == e)
            s.queued_ = nullptr;
        s.close(*e, s.outcome(*e, how, code));
    } else {
        s.resets_.ended(stream);
    }
    return 0;
}

/// Copies the next run of the body to where it is sent, once. nghttp2 knows the frame's header only
/// when this has returned; send_data() puts it in front.
ssize_t session_events::read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                                  std::uint32_t* flags, nghttp2_data_source* source,
                                  void* self) noexcept
{
    auto& s = session_of(self);
    auto& e = *static_cast<exchange*>(source->ptr);
    if (s.out_ == nullptr)
        return NGHTTP2_ERR_PAUSE;
    if (s.holds_back(e)) {
        s.held_back_.push_back(e.stream);
        return NGHTTP2_ERR_DEFERRED;
    }
    const auto run = e.outgoing_body->peek();
    if (run.after == body_source::state::failed) {
        s.fail(e, errc::upload_failed,
               s.role_ == http2_session::role::client ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    const auto count = std::min(most, run.bytes.size());
    const bool last = run.after == body_source::state::last && count == run.bytes.size();
    if (count == 0 && !last)
        return NGHTTP2_ERR_DEFERRED;
    s.data_header_ = s.out_->size();
    if (count != 0) {
        std::memcpy(s.out_->extend(frame_header + count) + frame_header, run.bytes.data(), count);
        e.outgoing_body->advance(count);
    }
    if (last)
        end_of_body(s, e, *flags);
    if (count == 0 && (*flags & NGHTTP2_DATA_FLAG_NO_END_STREAM) == 0)
        s.out_->extend(frame_header);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return static_cast<ssize_t>(count);
}

void session_events::end_of_body(http2_session& s, exchange& e, std::uint32_t& flags)
{
    flags |= NGHTTP2_DATA_FLAG_EOF;
    const auto* trailers = e.outgoing_body->trailers();
    if (trailers == nullptr || trailers->empty())
        return;
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (s.role_ == http2_session::role::client) { // which codes them when they leave
        nghttp2_submit_trailer(s.ng_, e.stream, nullptr, 0);
        return;
    }
    const field_array list(*trailers, copied);
    nghttp2_submit_trailer(s.ng_, e.stream, list.data(), list.size());
}

int session_events::send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                              std::size_t, nghttp2_data_source* source, void* self) noexcept
{
    auto& s = session_of(self);
    s.out_->overwrite(s.data_header_, header, frame_header);
    s.guard_.moved(frame->hd.length);
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        static_cast<exchange*>(source->ptr)->outgoing_ended = true;
    // nghttp2 goes on with bodies by itself; what waits to be begun is begun by produce().
    const bool turn_over =
        s.out_->size() >= s.turn_ || (s.started_ != nullptr && s.started_->outgoing_ended);
    const bool pause = s.out_->full() || (turn_over && s.may_start());
    return pause ? NGHTTP2_ERR_PAUSE : 0;
}

int session_events::frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept
{
    auto& s = session_of(self);
    const auto stream = frame->hd.stream_id;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS: {
        s.guard_.asked();
        auto* e = frame->headers.cat == NGHTTP2_HCAT_REQUEST ? std::exchange(s.queued_, nullptr)
                                                             : s.at(stream);
        if (e != nullptr) {
            e->sent = progress::sent;
            e->outgoing_ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        }
        s.block_ = s.field_block(e, frame->headers.cat != NGHTTP2_HCAT_REQUEST);
        break;
    }
    case NGHTTP2_RST_STREAM:
        s.reset_here_ = stream;
        s.slots_.reset_written(s.at(stream) == nullptr, s.out_ != nullptr);
        break;
    case NGHTTP2_GOAWAY:
        if (s.own_goaways_ != 0)
            --s.own_goaways_;
        else
            s.terminated(frame->goaway.error_code,
                         text(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        break;
    default: break;
    }
    return 0;
}

} // namespace aloft::http2
