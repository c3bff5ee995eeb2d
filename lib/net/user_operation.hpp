#pragma once

#include "base/asio_fwd.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace aloft::net {

/// Something of the user's under way, that yields a T. Destroying it cancels, and does not wait.
template <class T>
class user_operation {
public:
    /// Either a value, or what the exception said.
    using handler = std::function<void(std::optional<T>, std::string)>;

    /// `keeper` lives as long as `what` runs. `done` is never called inline; it may destroy this.
    user_operation(asio::any_io_executor executor, std::shared_ptr<void> keeper,
                   asio::awaitable<T> what, handler done) :
        state_{std::make_shared<state>()}
    {
        state_->done = std::move(done);
        auto ended = [executor, running = state_](const std::exception_ptr& problem) {
            asio::post(executor, [running, problem] { running->deliver(problem); });
        };
        asio::co_spawn(executor, run(std::move(keeper), std::move(what), state_),
                       asio::bind_cancellation_slot(state_->stop.slot(), std::move(ended)));
    }
    user_operation(const user_operation&) = delete;
    user_operation& operator=(const user_operation&) = delete;
    ~user_operation()
    {
        if (std::exchange(state_->done, nullptr))
            state_->stop.emit(asio::cancellation_type::terminal);
    }

private:
    struct state {
        void deliver(const std::exception_ptr& problem)
        {
            if (const handler told = std::exchange(done, nullptr))
                told(std::move(value), said(problem));
        }

        static std::string said(const std::exception_ptr& problem)
        {
            try {
                if (problem)
                    std::rethrow_exception(problem);
                return {};
            } catch (const std::exception& thrown) {
                return thrown.what();
            } catch (...) {
                return "an exception of an unknown type";
            }
        }

        handler done; // empty once nobody waits
        std::optional<T> value;
        asio::cancellation_signal stop;
    };

    static asio::awaitable<void> run(std::shared_ptr<void>, asio::awaitable<T> what,
                                     std::shared_ptr<state> into)
    {
        into->value.emplace(co_await std::move(what));
    }

    std::shared_ptr<state> state_;
};

} // namespace aloft::net
