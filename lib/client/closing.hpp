#pragma once

#include "base/timer_service.hpp"
#include "pool/pool.hpp"

#include <aloft/deadlines.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>

#include <boost/intrusive/list.hpp>

#include <cstdint>

namespace aloft::detail {

class client_core;

/// The end of a client in peace: first its requests end, then its connections say farewell; what is
/// left when the time is over is cut.
///
///   requests -> connections -> over
///       '-----------'--time--> over
class closing final : private aloft::pool::drain_observer {
public:
    explicit closing(client_core& core) : core_(core), timer_(*this) {}
    /// Begins, or shortens the time left.
    void start(time_limit limit);
    /// `user` is resumed when it is over; false when it is.
    bool wait(waiter& user) noexcept
    {
        if (step_ == step::over)
            return false;
        waiting_.push_back(user);
        return true;
    }
    /// A request or a connection is over.
    void check();
    /// Ends the wait of everybody.
    void finish(error_code ec);

private:
    enum class step : std::uint8_t { requests, connections, over };

    class timer : public timer_entry {
    public:
        explicit timer(closing& c) :
            timer_entry([](timer_entry& e) { static_cast<timer&>(e).owner_.expired(); }), owner_(c)
        {
        }

    private:
        closing& owner_;
    };

    void drained() override { check(); }
    void expired();

    client_core& core_;
    timer timer_;
    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiting_;
    step step_ = step::requests;
};

} // namespace aloft::detail
