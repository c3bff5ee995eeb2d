#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>

namespace aloft::http2 {

/// When the streams a caller cancels are reset. Servers count RST_STREAM and end the connection of
/// a client that sends many ("rapid reset": Netty and Undertow 200 in 30 s, Armeria 400 in a
/// minute, nghttp2 1,000 and 33 a second), so that beyond a burst resets go out one by one, and the
/// rest is deferred. A deferred stream is open still; whatever it brings is dropped.
class reset_pacing {
public:
    struct reset {
        std::int32_t stream;
        std::uint32_t code;
    };

    reset_pacing(std::uint32_t burst, std::uint32_t per_second) noexcept :
        most_(std::uint64_t{burst} * one), left_(most_), per_second_(per_second)
    {
    }

    /// Whether a reset may go out at `now` (milliseconds); counts it if so.
    [[nodiscard]] bool take(std::uint64_t now) noexcept
    {
        refill(now);
        if (left_ < one)
            return false;
        left_ -= one;
        return true;
    }
    void defer(reset later) { deferred_.push_back(later); }
    /// A stream has ended; true when its reset was deferred, and is not needed any more.
    bool ended(std::int32_t stream) noexcept
    {
        const auto at = std::find_if(deferred_.begin(), deferred_.end(),
                                     [stream](const reset& r) { return r.stream == stream; });
        if (at == deferred_.end())
            return false;
        deferred_.erase(at);
        return true;
    }
    /// The deferred reset that may go out at `now`, if there is one. `hurry`: whatever the pace.
    std::optional<reset> next(std::uint64_t now, bool hurry)
    {
        if (deferred_.empty() || (!take(now) && !hurry))
            return std::nullopt;
        const auto first = deferred_.front();
        deferred_.pop_front();
        return first;
    }

    [[nodiscard]] std::size_t deferred() const noexcept { return deferred_.size(); }
    /// When the next deferred reset may go out.
    [[nodiscard]] std::optional<std::uint64_t> due() const noexcept
    {
        if (deferred_.empty() || per_second_ == 0)
            return std::nullopt;
        const auto missing = left_ < one ? one - left_ : 0;
        return filled_ + (missing + per_second_ - 1) / per_second_;
    }

private:
    static constexpr std::uint64_t one = 1000; // so that a millisecond brings per_second_

    void refill(std::uint64_t now) noexcept
    {
        if (now <= filled_)
            return;
        const auto waited = std::min<std::uint64_t>(now - filled_, 1'000'000'000);
        left_ = std::min(most_, left_ + waited * per_second_);
        filled_ = now;
    }

    std::uint64_t most_;
    std::uint64_t left_;
    std::uint64_t filled_ = 0; // the time that left_ is of
    std::uint64_t per_second_;
    std::list<reset> deferred_; // which takes no memory while it is empty, and knows its size
};

} // namespace aloft::http2
