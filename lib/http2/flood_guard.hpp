#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace aloft::http2 {

/// Tells a peer that floods the connection with frames which carry nothing from one that talks
/// much. Every frame spends one from an allowance; content, in either direction, and time fill it
/// again. DATA on an open stream always earns more than it spent, however small: a token is a frame
/// of its own, and no number of tokens is a flood.
class flood_guard {
public:
    explicit flood_guard(std::uint32_t allowance) noexcept : most_(allowance), left_(allowance) {}

    /// A frame began; false when the allowance is spent.
    [[nodiscard]] bool frame() noexcept
    {
        if (left_ == 0)
            return false;
        --left_;
        return true;
    }
    /// A stream's reader got something from the peer.
    void delivered() noexcept { earn(per_delivery); }
    /// A HEADERS frame of ours went out: the peer has reason to say something about its stream.
    void asked() noexcept { earn(per_head); }
    /// Bytes that count by their number: DATA of ours that the peer's credit let out (so that
    /// credit in crumbs is spent as what it is), and DATA that came too late for its stream.
    void moved(std::size_t bytes) noexcept
    {
        bytes += crumbs_;
        crumbs_ = static_cast<std::uint32_t>(bytes % bytes_a_frame);
        earn(bytes / bytes_a_frame);
    }
    /// `milliseconds` went by.
    void waited(std::uint64_t milliseconds) noexcept { earn(milliseconds / milliseconds_a_frame); }

    [[nodiscard]] std::uint32_t left() const noexcept { return left_; }

private:
    static constexpr std::uint64_t per_delivery = 4;
    static constexpr std::uint64_t per_head = 32;
    static constexpr std::uint32_t bytes_a_frame = 64;
    static constexpr std::uint64_t milliseconds_a_frame = 10;

    void earn(std::uint64_t frames) noexcept
    {
        left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(most_, left_ + frames));
    }

    std::uint32_t most_;
    std::uint32_t left_;
    std::uint32_t crumbs_ = 0;
};

} // namespace aloft::http2
