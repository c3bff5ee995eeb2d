#include "client/closing.hpp"

#include "client/client_core.hpp"

namespace aloft::detail {

void closing::start(time_limit limit)
{
    if (limit.limited()) {
        const auto until = core_.timers->update() + static_cast<tick>(limit.duration().count());
        if (!timer_.armed() || until < timer_.deadline())
            core_.timers->arm(timer_, until);
    }
    check();
}

void closing::check()
{
    if (core_.closed)
        return;
    if (step_ == step::requests && core_.live.empty()) {
        step_ = step::connections;
        core_.pool.drain(*this);
    }
    if (step_ == step::connections && core_.pool.connections() == 0)
        finish({});
}

void closing::expired()
{
    decltype(waiting_) told; // not before those who are cut, nor by close()
    told.swap(waiting_);
    core_.close();
    told.swap(waiting_);
    finish(errc::close_timeout);
}

void closing::finish(error_code ec)
{
    step_ = step::over;
    timer_.disarm();
    core_.timers->rest();
    while (!waiting_.empty())
        waiting_.front().resume(ec, delivery::posted);
}

} // namespace aloft::detail
