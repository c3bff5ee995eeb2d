#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace aloft::http2 {

/// How many streams a client may have open, and which reset ones still count as open.
///
/// A stream we reset keeps its slot until the peer was heard from after RST_STREAM went out: a
/// server that no longer answers must not be given ever more requests, and one that does must not
/// see more streams than it allows.
class stream_slots {
public:
    stream_slots(std::uint32_t cap, std::uint32_t before_settings) noexcept :
        cap_(cap), peer_(before_settings)
    {
    }

    /// The peer's SETTINGS arrived, with its SETTINGS_MAX_CONCURRENT_STREAMS now (2^32-1: none).
    void peer_allows(std::uint32_t streams) noexcept
    {
        peer_ = streams;
        told_ = true;
    }
    /// No new streams from now on.
    void close() noexcept { closed_ = true; }
    /// Stream `id` was opened; true when identifiers run out (RFC 9113, 5.1.1) and none should
    /// follow.
    bool opened(std::int32_t id) noexcept
    {
        if (id < last_id)
            return false;
        return !std::exchange(closed_, true);
    }

    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] std::size_t capacity() const noexcept
    {
        return closed_ ? 0 : std::min(cap_, peer_);
    }
    /// The peer's limit, once its SETTINGS were there.
    [[nodiscard]] std::optional<std::size_t> told() const noexcept
    {
        return told_ ? std::optional<std::size_t>(peer_) : std::nullopt;
    }
    /// What the peer takes, for streams that were let in before it lowered its limit.
    [[nodiscard]] std::size_t peer_limit() const noexcept { return peer_; }

    /// RST_STREAM waits to be written; was written but not handed out; was handed out.
    void reset_waits() noexcept { ++waiting_; }
    void reset_written(bool counted, bool handed_out) noexcept
    {
        if (counted && waiting_ != 0)
            --waiting_;
        ++(handed_out ? unheard_ : written_);
    }
    void handed_out() noexcept { unheard_ += std::exchange(written_, 0); }
    /// Any frame arrived.
    void heard() noexcept { unheard_ = 0; }
    /// Reset streams that keep their slot.
    [[nodiscard]] std::size_t kept() const noexcept { return waiting_ + written_ + unheard_; }

private:
    static constexpr std::int32_t last_id = 0x7fff0001; // leaves room for those already let in

    std::uint32_t cap_;
    std::uint32_t peer_;
    std::size_t waiting_ = 0;
    std::size_t written_ = 0;
    std::size_t unheard_ = 0;
    bool told_ = false;
    bool closed_ = false;
};

} // namespace aloft::http2
