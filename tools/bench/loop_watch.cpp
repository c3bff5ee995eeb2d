#include "bench/loop_watch.hpp"

#include <aloft/error.hpp>

#include <chrono>

namespace aloft::tools::bench {
namespace {

constexpr std::chrono::milliseconds interval(10);

} // namespace

void loop_watch::start()
{
    timer_.expires_after(interval);
    wait();
}

void loop_watch::wait()
{
    timer_.async_wait([this](const error_code& ec) {
        if (ec)
            return;
        const auto now = std::chrono::steady_clock::now();
        lag_.add(std::chrono::nanoseconds(now - timer_.expiry()).count());
        timer_.expires_at(now + interval);
        wait();
    });
}

} // namespace aloft::tools::bench
