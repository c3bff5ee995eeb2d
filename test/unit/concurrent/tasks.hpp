#pragma once

#include <aloft/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <map>
#include <string>
#include <utility>

namespace aloft::test {

namespace asio = boost::asio;

/// An event loop, a coroutine that is watched, and gates that its tasks wait at.
class task_world {
public:
    void settle()
    {
        do
            context.restart();
        while (context.poll() != 0);
    }
    void start(asio::awaitable<void> what)
    {
        asio::co_spawn(context, std::move(what),
                       asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr e) {
                           over = true;
                           failure = std::move(e);
                       }));
        settle();
    }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        stop.emit(type);
        settle();
    }

    /// Waits until pass(name); notes how often it came so far.
    asio::awaitable<void> gate(std::string name)
    {
        const mark present(waiting);
        auto& mine = gates.emplace(name, context.get_executor())->second;
        mine.expires_at(asio::steady_timer::time_point::max());
        error_code ec;
        co_await mine.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        log += name;
        if (mine.expiry() == asio::steady_timer::time_point::max()) {
            log += "!";
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }
    void pass(const std::string& name)
    {
        const auto [first, last] = gates.equal_range(name);
        for (auto at = first; at != last; ++at)
            at->second.expires_at(asio::steady_timer::time_point::min());
        settle();
    }
    asio::awaitable<void> fail(std::string name, std::string why)
    {
        co_await gate(std::move(name));
        throw std::runtime_error(why);
    }
    asio::awaitable<int> value(std::string name, int of)
    {
        co_await gate(std::move(name));
        co_return of;
    }

    /// What the coroutine threw.
    [[nodiscard]] std::string thrown() const
    {
        try {
            if (failure)
                std::rethrow_exception(failure);
            return "";
        } catch (const boost::system::system_error& e) {
            return e.code() == asio::error::operation_aborted ? "aborted" : e.what();
        } catch (const std::exception& e) {
            return e.what();
        }
    }

    struct mark {
        explicit mark(int& of) : count(of) { ++count; }
        mark(const mark&) = delete;
        mark& operator=(const mark&) = delete;
        ~mark() { --count; }
        int& count;
    };

    int waiting = 0; // tasks at gates
    std::string log; // gates that were passed, with ! by those who were cancelled
    bool over = false;
    std::exception_ptr failure;
    asio::cancellation_signal stop;
    asio::io_context context{1};
    std::multimap<std::string, asio::steady_timer> gates;
};

} // namespace aloft::test
