#pragma once

#include "http2/http2_session.hpp"

#include <nghttp2/nghttp2.h>

#include <sys/types.h>

namespace aloft::http2 {

/// nghttp2's callbacks. They record what happened into the session and its exchanges, and never
/// call back into nghttp2's send or receive. They do not throw: exhausted memory ends the program.
struct session_events {
    /// The table, made once for all sessions.
    static const nghttp2_session_callbacks* table();

    // Receiving.
    static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* self) noexcept;
    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t flags, void* self) noexcept;
    static int data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                    const std::uint8_t* bytes, std::size_t count, void* self) noexcept;
    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
    static int stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t code,
                             void* self) noexcept;

    // Sending.
    static ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t*, std::size_t most,
                             std::uint32_t* flags, nghttp2_data_source* source,
                             void* self) noexcept;
    static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                         std::size_t length, nghttp2_data_source* source, void* self) noexcept;
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;

private:
    static void end_of_body(http2_session& s, exchange& e, std::uint32_t& flags);
    static void goaway_received(http2_session& s, const nghttp2_goaway& frame);
};

/// Where nghttp2 reads the body of `e`.
inline nghttp2_data_provider body_of(exchange& e) noexcept
{
    nghttp2_data_provider provider{};
    provider.source.ptr = &e;
    provider.read_callback = session_events::read_body;
    return provider;
}

} // namespace aloft::http2
