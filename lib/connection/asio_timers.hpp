#pragma once

#include "base/timer_service.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace aloft {

/// The timers of an event loop, on its steady clock.
class asio_timers final : public timer_service {
public:
    explicit asio_timers(const boost::asio::any_io_executor& executor);
    ~asio_timers();

private:
    tick read_clock() override;
    tick read_wall_clock() override;
    void wake_at(tick at) override;
    void withdraw() override;

    // Outlives this in handlers that are queued already.
    struct state {
        asio_timers* owner;
    };

    std::shared_ptr<state> state_;
    boost::asio::steady_timer timer_;
};

} // namespace aloft
