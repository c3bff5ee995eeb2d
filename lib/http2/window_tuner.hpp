#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace aloft::http2 {

/// Finds out whether a stream is held up by its window. Where half a window has been read, a PING
/// measures a round trip: if the stream brings most of a window until the answer, the network could
/// carry more, and the window doubles. A stream that never fills half a window costs no PING; one
/// that is not held up ever fewer.
class window_tuner {
public:
    window_tuner(std::uint32_t window, std::uint32_t largest) noexcept :
        window_(window), largest_(std::max(window, largest))
    {
    }

    /// Half a window of `stream` was read, which got `received` bytes in all. True when a PING is
    /// to be sent now, whose answer answered() wants.
    [[nodiscard]] bool half_read(std::int32_t stream, std::uint64_t received,
                                 std::uint64_t now) noexcept
    {
        if (measuring() || window_ >= largest_ || now < next_)
            return false;
        stream_ = stream;
        received_ = received;
        return true;
    }
    /// The PING was answered at `now`, milliseconds. `received`: the stream's bytes by then,
    /// nothing if it has ended. `granted`: the window it had. True when the window to aim for
    /// doubled.
    [[nodiscard]] bool answered(std::optional<std::uint64_t> received, std::uint32_t granted,
                                std::uint64_t now) noexcept
    {
        stream_ = 0;
        const auto brought = received ? *received - received_ : 0;
        const bool held_up = brought >= granted / 3 * std::uint64_t{2} && granted == window_;
        if (held_up) {
            window_ = window_ > largest_ / 2 ? largest_ : window_ * 2;
            pause_ = shortest_pause;
        }
        next_ = now + pause_;
        if (!held_up)
            pause_ = std::min(pause_ * 2, longest_pause);
        return held_up;
    }

    [[nodiscard]] bool measuring() const noexcept { return stream_ != 0; }
    /// The stream that is measured.
    [[nodiscard]] std::int32_t stream() const noexcept { return stream_; }
    /// The window to aim for.
    [[nodiscard]] std::uint32_t window() const noexcept { return window_; }

private:
    // Some servers take more than two PINGs in a second and a half for abuse.
    static constexpr std::uint64_t shortest_pause = 1'000;
    static constexpr std::uint64_t longest_pause = 60'000;

    std::uint32_t window_;
    std::uint32_t largest_;
    std::int32_t stream_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t next_ = 0;
    std::uint64_t pause_ = shortest_pause;
};

} // namespace aloft::http2
