#pragma once

#include "base/timer_service.hpp"

#include <chrono>
#include <optional>

namespace aloft::test {

/// Time that passes only when a test says so.
class manual_clock final : public timer_service {
public:
    explicit manual_clock(tick start = 1'000'000) noexcept : timer_service(start), time_(start) {}

    /// Lets time pass, stopping at each wake-up asked for, as an event loop would.
    void advance(std::chrono::milliseconds duration)
    {
        const auto end = time_ + static_cast<tick>(duration.count());
        while (wake_ && *wake_ <= end) {
            time_ = std::max(time_, *wake_);
            wake_.reset();
            ++wake_ups_;
            timer_service::advance(time_);
        }
        time_ = end;
        update();
    }
    /// Lets time pass with nobody looking, as in a suspended machine; what is due then fires.
    void suspend(std::chrono::milliseconds duration)
    {
        time_ += static_cast<tick>(duration.count());
        wake_.reset();
        timer_service::advance(time_);
    }

    /// Suspends the machine: the time of day goes on, the clock of the timers stands.
    void sleep(std::chrono::milliseconds duration)
    {
        slept_ += static_cast<tick>(duration.count());
    }

    /// The wake-up asked for, if one is.
    [[nodiscard]] std::optional<tick> wake() const noexcept { return wake_; }
    /// How often one was asked for, and how often one came.
    [[nodiscard]] unsigned requests() const noexcept { return requests_; }
    [[nodiscard]] unsigned wake_ups() const noexcept { return wake_ups_; }

private:
    tick read_clock() override { return time_; }
    tick read_wall_clock() override { return time_ + slept_; }
    void wake_at(tick at) override
    {
        wake_ = at;
        ++requests_;
    }
    void withdraw() override { wake_.reset(); }

    tick time_;
    tick slept_ = 1'790'000'000'000; // the time of day is another
    std::optional<tick> wake_;
    unsigned requests_ = 0;
    unsigned wake_ups_ = 0;
};

} // namespace aloft::test
