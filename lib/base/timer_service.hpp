#pragma once

#include "base/suspend_watch.hpp"
#include "base/timer_wheel.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace aloft {

/// The clock and the timers of one event loop: a wheel, and a wake-up asked of whoever owns the
/// real timer. Not thread-safe.
class timer_service {
public:
    timer_service(const timer_service&) = delete;
    timer_service& operator=(const timer_service&) = delete;

    /// The time as of the last update() or expiry.
    [[nodiscard]] tick now() const noexcept { return now_; }
    /// The same, as finely as the clock tells.
    [[nodiscard]] std::chrono::steady_clock::time_point fine_now() const noexcept
    {
        return std::max(fine_now_,
                        std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_)));
    }
    /// Reads the clock; once for each turn of the event loop is enough.
    tick update() { return now_ = std::max(now_, read_clock()); }

    /// Arms `entry`, or moves its deadline; one that is not in the future is the next tick.
    void arm(timer_entry& entry, tick deadline)
    {
        wheel_.arm(entry, deadline);
        wake_before(entry.deadline());
    }
    /// Leaves a wake-up asked for as it is: an early one costs less than moving the real timer.
    void disarm(timer_entry& entry) noexcept { entry.disarm(); }
    /// Withdraws the wake-up if nothing is armed, so that the event loop may end.
    void rest()
    {
        if (armed() == 0 && asked_ != never) {
            asked_ = never;
            withdraw();
        }
    }
    /// How long the machine was suspended so far, as far as the clocks tell; looks at them.
    tick slept()
    {
        slept_.look(read_clock(), read_wall_clock());
        return slept_.total();
    }
    /// How many entries are armed, for tests and statistics.
    [[nodiscard]] std::size_t armed() const noexcept { return wheel_.armed(); }

protected:
    explicit timer_service(tick now) noexcept : wheel_(now), now_(now) {}
    ~timer_service() = default;

    virtual tick read_clock() = 0;
    /// For clocks that know fractions of a tick.
    void read_finely(std::chrono::steady_clock::time_point now) noexcept { fine_now_ = now; }
    /// The time of day, which goes on while the machine is suspended.
    virtual tick read_wall_clock() = 0;
    /// Asks for advance() to be called at `at` or soon after; replaces the wake-up asked for
    /// before.
    virtual void wake_at(tick at) = 0;
    /// No wake-up is needed any more.
    virtual void withdraw() = 0;
    /// Fires what is due and asks for the next wake-up.
    void advance(tick now);

private:
    static constexpr tick never = std::numeric_limits<tick>::max();

    void wake_before(tick at)
    {
        if (at < asked_) {
            asked_ = at;
            wake_at(at);
        }
    }
    void wake_next();

    timer_wheel wheel_;
    tick now_;
    std::chrono::steady_clock::time_point fine_now_;
    suspend_watch slept_;
    tick asked_ = never; // the wake-up under way
};

} // namespace aloft
