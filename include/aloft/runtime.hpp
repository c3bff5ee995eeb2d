#pragma once

#include <aloft/deadlines.hpp>
#include <aloft/detail/crossing.hpp>
#include <aloft/detail/run_start.hpp>
#include <aloft/detail/shard.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace aloft {

/// How a runtime is made. Setters chain.
class runtime_options {
public:
    /// How many shards; 0, which is the default: as many as there are processors that the process
    /// may run on (sched_setaffinity, taskset).
    runtime_options& shards(std::size_t count) { return shards_ = count, *this; }

    [[nodiscard]] std::size_t shards() const noexcept { return shards_; }

private:
    std::size_t shards_ = 0;
};

/// Threads that share nothing: each runs one event loop, a shard, and what is made there stays
/// there. Unlike a thread pool it never moves a coroutine from one thread to another. sharded<T>
/// puts an object on each of them, client_handle calls clients there from anywhere.
///
/// Members may be called on any thread, unless they say otherwise.
///
/// An exception that leaves a handler, which would leave run() of an io_context, stops all shards
/// at once, and join() throws it.
class runtime {
public:
    using executor_type = boost::asio::io_context::executor_type;

    /// Starts the threads. Throws std::system_error where there are no more to be had.
    explicit runtime(const runtime_options& options = runtime_options());
    /// stop(), and waits for the threads; an exception that join() did not throw is lost. Not on a
    /// shard's thread.
    ~runtime();
    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;

    /// How many shards there are.
    [[nodiscard]] std::size_t size() const noexcept;
    /// The event loop of a shard, for whatever Asio runs: co_spawn, post, sockets and timers that
    /// are used on that shard only. `shard` counts from 0. Not to be used when the runtime is
    /// destroyed; what is posted when its shards have ended never runs. Throws std::out_of_range
    /// where there is no such shard.
    [[nodiscard]] executor_type executor(std::size_t shard) const;
    /// One shard after the other.
    [[nodiscard]] executor_type next_executor() noexcept;
    /// Which shard's thread this is, if it is one of this runtime's.
    [[nodiscard]] std::optional<std::size_t> this_shard() const noexcept;

    /// Calls `f()` on a shard, and awaits it there where it returns an awaitable<T>. Completes with
    /// `void(std::exception_ptr, T)`, or `void(std::exception_ptr)` where there is no value, on the
    /// handler's associated executor (by default the shard), never inline. T needs a default
    /// constructor.
    ///
    /// Other than asio::co_spawn it may be cancelled from the thread that called it whatever
    /// executor the handler has: the cancellation is taken to the shard, with its type. Errors:
    /// what `f` throws; errc::client_closed, as boost::system::system_error, where the shard has
    /// ended; operation_aborted where it was cancelled before it began.
    template <class F, class CompletionToken>
    auto async_run_on(std::size_t shard, F f, CompletionToken&& token)
    {
        using start = detail::run_start<F>;
        return boost::asio::async_initiate<CompletionToken, typename start::signature>(
            [](auto handler, std::shared_ptr<detail::shard> where, start begin) {
                detail::crossing<typename start::signature, start, decltype(handler)>::initiate(
                    where, detail::load_ticket(), std::move(begin), std::move(handler));
            },
            token, shards().at(shard), start(executor(shard), std::move(f)));
    }

    /// Closes in peace, and returns at once: objects of sharded<T> are told that they close
    /// (clients take no new requests, and let those that were started end), and each shard ends
    /// when it has nothing left to do. Whatever is not over within `limit` is cut, as stop() has
    /// it. A second call shortens the time at the most.
    void close(time_limit limit);
    /// Ends every shard now, and returns at once: its objects are destroyed on its thread, and what
    /// was asked of them ends with errc::client_closed. Whatever else waits there, coroutines for
    /// instance, is destroyed with the runtime, as with an io_context.
    void stop() noexcept;
    /// Waits until every shard has ended, which is for close(), stop() or an exception to bring
    /// about; throws the first exception that left a handler. Throws std::logic_error on a shard's
    /// thread.
    void join();

    /// For sharded<T>.
    [[nodiscard]] const std::vector<std::shared_ptr<detail::shard>>& shards() const noexcept;

private:
    class threads;
    std::unique_ptr<threads> threads_;
};

} // namespace aloft
