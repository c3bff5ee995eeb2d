#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>

namespace aloft::interop {

/// Waits on the loop.
inline boost::asio::awaitable<void> pause(std::chrono::milliseconds time)
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// Runs `count` coroutines made by `make` side by side, until all are over; the first exception
/// leaves.
template <class Make>
boost::asio::awaitable<void> side_by_side(std::size_t count, Make& make)
{
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer over(executor, std::chrono::steady_clock::time_point::max());
    std::size_t left = count;
    std::exception_ptr first;
    const auto ended = [&](const std::exception_ptr& why) {
        if (why && !first)
            first = why;
        if (--left == 0)
            over.cancel();
    };
    for (std::size_t i = 0; i != count; ++i)
        boost::asio::co_spawn(executor, make(i), ended);
    if (left != 0) {
        co_await over.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (first)
        std::rethrow_exception(first);
}

} // namespace aloft::interop
