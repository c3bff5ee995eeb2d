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
    /// Unread bytes of all streams of a connection; beyond it the stream holding the most is reset.
    std::size_t connection_memory = 64 * 1024 * 1024;
    /// Streams of our own cap, whatever the peer allows.
    std::uint32_t streams = 1000;
    /// Streams opened before the peer's SETTINGS arrived.
    std::uint32_t streams_before_settings = 100;
};

} // namespace aloft
