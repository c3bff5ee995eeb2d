#pragma once

#include <cstddef>
#include <cstdint>

namespace aloft {

/// What a connection lets its peer make it hold. docs/limits.md explains each row.
class session_limits {
public:
    /// Header or trailer list of one message, bytes as RFC 9113, 6.5.2 counts them.
    std::size_t header_list = 64 * 1024;
    /// 1xx responses before the final one.
    std::size_t interim_responses = 8;
    /// HTTP/2 frames that carry nothing (PING, SETTINGS, WINDOW_UPDATE, empty DATA, RST_STREAM of
    /// closed streams, unknown ones): how many a peer may send beyond those that content, and 100 a
    /// second, allow.
    std::uint32_t control_frames = 10'000;
    /// Flow-control window of one stream, bytes: what a peer may send ahead of the reader.
    std::uint32_t stream_window = 1024 * 1024;
    /// HTTP/2: what that window grows to, bytes, where a stream is seen to be held up by it.
    std::uint32_t largest_stream_window = 16 * 1024 * 1024;
    /// Unread bytes of all streams of a connection; beyond it the stream holding the most is reset.
    std::size_t connection_memory = 64 * 1024 * 1024;
    /// HTTP/2: unread bytes of all connections of a client. Beyond a quarter of it no window grows;
    /// beyond it, on the connection that brings more, the stream holding the most is reset, unless
    /// it holds less than 64 KiB.
    std::size_t client_memory = 256 * 1024 * 1024;
    /// HTTP/2: cancelled streams that are reset (RST_STREAM) at once, and how many a second when
    /// those are spent. Below what servers take for an attack; the rest is deferred.
    std::uint32_t reset_burst = 100;
    std::uint32_t resets_per_second = 3;
    /// Streams of our own cap, whatever the peer allows.
    std::uint32_t streams = 1000;
    /// Streams opened before the peer's SETTINGS arrived.
    std::uint32_t streams_before_settings = 100;
};

} // namespace aloft
