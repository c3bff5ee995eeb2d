#pragma once

#include <chrono>
#include <cstdint>

namespace aloft {

/// A bound on how long something may take: a duration, or off, or (on a request) whatever the
/// client says.
class time_limit {
public:
    /// Inherited from the client.
    constexpr time_limit() = default;
    /// Rounded up to milliseconds; at least one.
    template <class Rep, class Period>
    constexpr time_limit(std::chrono::duration<Rep, Period> limit) :
        milliseconds_(std::chrono::ceil<std::chrono::milliseconds>(limit).count())
    {
        if (milliseconds_ < 1)
            milliseconds_ = 1;
    }
    static constexpr time_limit off() { return time_limit(never); }

    [[nodiscard]] constexpr bool inherited() const noexcept { return milliseconds_ == inherit; }
    [[nodiscard]] constexpr bool limited() const noexcept { return milliseconds_ > 0; }
    /// Meaningful only if limited().
    [[nodiscard]] constexpr std::chrono::milliseconds duration() const noexcept
    {
        return std::chrono::milliseconds(milliseconds_);
    }
    /// This limit, or `fallback` where it is inherited.
    [[nodiscard]] constexpr time_limit or_else(time_limit fallback) const noexcept
    {
        return inherited() ? fallback : *this;
    }

private:
    static constexpr std::int64_t inherit = -1;
    static constexpr std::int64_t never = 0;
    explicit constexpr time_limit(std::int64_t raw) : milliseconds_(raw) {}

    std::int64_t milliseconds_ = inherit;
};

/// The clocks of a request; each ends it with an error of its own. A healthy stream is never cut by
/// a total nobody asked for.
class deadlines {
public:
    /// Waiting for a permit, and for a stream where every connection is full. errc::queue_timeout.
    constexpr deadlines& queue(time_limit limit) { return set(queue_, limit); }
    /// Resolving, connecting and the TLS handshake. errc::connect_timeout.
    constexpr deadlines& connect(time_limit limit) { return set(connect_, limit); }
    /// From sending to the response head. errc::head_timeout.
    constexpr deadlines& head(time_limit limit) { return set(head_, limit); }
    /// From the head to the first body byte; for a typed stream to its first event.
    /// errc::first_event_timeout.
    constexpr deadlines& first_event(time_limit limit) { return set(first_event_, limit); }
    /// Between body bytes; for a typed stream between events or comments. errc::gap_timeout.
    constexpr deadlines& gap(time_limit limit) { return set(gap_, limit); }
    /// The whole request with all its attempts. errc::total_timeout.
    constexpr deadlines& total(time_limit limit) { return set(total_, limit); }

    [[nodiscard]] constexpr time_limit queue() const noexcept { return queue_; }
    [[nodiscard]] constexpr time_limit connect() const noexcept { return connect_; }
    [[nodiscard]] constexpr time_limit head() const noexcept { return head_; }
    [[nodiscard]] constexpr time_limit first_event() const noexcept { return first_event_; }
    [[nodiscard]] constexpr time_limit gap() const noexcept { return gap_; }
    [[nodiscard]] constexpr time_limit total() const noexcept { return total_; }

    /// These limits, each inherited one taken from `fallback`.
    [[nodiscard]] deadlines or_else(const deadlines& fallback) const noexcept
    {
        return deadlines()
            .queue(queue_.or_else(fallback.queue_))
            .connect(connect_.or_else(fallback.connect_))
            .head(head_.or_else(fallback.head_))
            .first_event(first_event_.or_else(fallback.first_event_))
            .gap(gap_.or_else(fallback.gap_))
            .total(total_.or_else(fallback.total_));
    }

    /// What a client uses where nothing else is said: connect 10 s; head, first event and gap 600
    /// s; queue and total off.
    static deadlines defaults()
    {
        using namespace std::chrono_literals;
        return deadlines()
            .queue(time_limit::off())
            .connect(10s)
            .head(600s)
            .first_event(600s)
            .gap(600s)
            .total(time_limit::off());
    }

private:
    constexpr deadlines& set(time_limit& which, time_limit limit)
    {
        which = limit;
        return *this;
    }

    time_limit queue_;
    time_limit connect_;
    time_limit head_;
    time_limit first_event_;
    time_limit gap_;
    time_limit total_;
};

} // namespace aloft
