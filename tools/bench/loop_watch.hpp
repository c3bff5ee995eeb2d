#pragma once

#include "bench/samples.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace aloft::tools::bench {

/// Measures how late an event loop is for what it has to do: by so much every time that is taken
/// in it may be off.
class loop_watch {
public:
    explicit loop_watch(boost::asio::io_context& loop) : timer_(loop) {}

    void start();
    [[nodiscard]] samples& lag() noexcept { return lag_; }

private:
    void wait();

    boost::asio::steady_timer timer_;
    samples lag_;
};

} // namespace aloft::tools::bench
