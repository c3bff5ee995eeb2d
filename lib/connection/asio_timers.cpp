#include "connection/asio_timers.hpp"

#include <aloft/error.hpp>

#include <chrono>

namespace aloft {
namespace {

tick tick_of(std::chrono::steady_clock::time_point time)
{
    const auto since = time.time_since_epoch();
    return static_cast<tick>(std::chrono::floor<std::chrono::milliseconds>(since).count());
}

tick steady_tick()
{
    return tick_of(std::chrono::steady_clock::now());
}

} // namespace

asio_timers::asio_timers(const boost::asio::any_io_executor& executor) :
    timer_service(steady_tick()), state_(std::make_shared<state>(state{this})), timer_(executor)
{
}

asio_timers::~asio_timers()
{
    state_->owner = nullptr;
}

tick asio_timers::read_clock()
{
    const auto now = std::chrono::steady_clock::now();
    read_finely(now);
    return tick_of(now);
}

tick asio_timers::read_wall_clock()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<tick>(std::chrono::floor<std::chrono::milliseconds>(now).count());
}

void asio_timers::wake_at(tick at)
{
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at)));
    timer_.async_wait([alive = state_](const error_code& ec) {
        if (!ec && alive->owner != nullptr)
            alive->owner->advance(steady_tick());
    });
}

// A handler that is queued already must not find this: it may be destroyed on another thread next,
// by the last response that outlived its client.
void asio_timers::withdraw()
{
    timer_.cancel();
    state_->owner = nullptr;
    state_ = std::make_shared<state>(state{this});
}

} // namespace aloft
