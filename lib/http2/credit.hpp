#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace aloft::http2 {

/// The window each stream is granted (SETTINGS_INITIAL_WINDOW_SIZE): the largest, halved
/// until open streams times window fit into the connection's memory, doubled again once half of
/// that memory would do. It never falls below one frame; with more streams than that allows, only
/// the limit on bytes really held is left (`receive_credit::exceeded`).
class stream_windows {
public:
    static constexpr std::uint32_t smallest = 16 * 1024;

    stream_windows(std::uint32_t configured, std::size_t memory) noexcept :
        largest_(std::clamp<std::uint32_t>(configured, 1, 0x7fffffff)),
        least_(std::min(largest_, smallest)),
        memory_(memory),
        current_(largest_)
    {
    }

    [[nodiscard]] std::uint32_t current() const noexcept { return current_; }
    /// Half a window is returned at a time (RFC 9113 leaves the moment open).
    [[nodiscard]] std::uint32_t threshold() const noexcept { return current_ / 2; }

    /// Raises the largest window; the next fit() grants what the memory allows of it.
    void aim_for(std::uint32_t window) noexcept
    {
        largest_ = std::clamp<std::uint32_t>(window, largest_, 0x7fffffff);
    }

    /// Fits the window to `streams`; true when it changed and the peer must be told.
    bool fit(std::size_t streams) noexcept
    {
        const auto before = current_;
        while (current_ > least_ && streams * current_ > memory_)
            current_ = std::max(current_ / 2, least_);
        while (current_ < largest_ && streams * current_ <= memory_ / 4)
            current_ = largest_ / 2 < current_ ? largest_ : current_ * 2;
        return current_ != before;
    }

private:
    std::uint32_t largest_;
    std::uint32_t least_;
    std::size_t memory_;
    std::uint32_t current_;
};

/// Counts received DATA twice. For the connection, whose window is returned when bytes leave the
/// read, whoever they were for: so an unread stream stops itself and no other. And for memory:
/// what streams hold that nobody has taken yet.
class receive_credit {
public:
    explicit receive_credit(std::size_t memory) noexcept : memory_(memory) {}

    /// DATA left the read.
    void passed(std::size_t bytes) noexcept { owed_ += bytes; }
    /// What to return for the connection now.
    std::size_t take_owed() noexcept { return std::exchange(owed_, 0); }

    /// DATA was put into a stream's receive buffer; it was taken from it, or dropped with it.
    void held(std::size_t bytes) noexcept { held_ += bytes; }
    void taken(std::size_t bytes) noexcept { held_ -= bytes; }
    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] bool exceeded() const noexcept { return held_ > memory_; }

private:
    std::size_t owed_ = 0;
    std::size_t held_ = 0;
    std::size_t memory_;
};

} // namespace aloft::http2
