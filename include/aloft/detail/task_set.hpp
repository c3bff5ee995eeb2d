#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace aloft::detail {

/// Coroutines that run side by side and are awaited together: the first one that fails cancels the
/// others. Held by its owner and by each of its tasks. The coroutine that waits is held by the
/// tasks, and so outlives them even where their io_context is destroyed.
class task_set : public std::enable_shared_from_this<task_set> {
public:
    using executor_type = boost::asio::any_io_executor;
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    explicit task_set(executor_type executor) : executor_(std::move(executor)) {}

    /// For a coroutine that starts tasks and awaits join() whatever happens: from here on until
    /// then, being cancelled does not throw in it.
    static awaitable<std::shared_ptr<task_set>> open();

    /// Runs `task` up to where it suspends. Drops it where the set is stopping.
    void spawn(awaitable<void> task);
    /// The same for what `make` returns; what it throws is a failure.
    template <class Make>
    void start(Make&& make)
    {
        try {
            spawn(std::forward<Make>(make)());
        } catch (...) {
            fail(std::current_exception());
        }
    }
    /// Notes the first failure, and cancels every task.
    void fail(std::exception_ptr why);
    /// Cancels every task; none is started any more.
    void cancel();
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    /// For a task that leaves out what it had to do, because the set is stopping.
    void cut_short() noexcept { cut_short_ = true; }

    /// Resumes when no task is left, and not before; cancelling it cancels the tasks. Throws the
    /// first failure, or operation_aborted if it was cancelled and that cut a task short.
    static awaitable<void> join(std::shared_ptr<task_set> set);

private:
    struct task {
        boost::asio::cancellation_signal signal;
        bool over = false;
    };
    using position = std::list<task>::iterator;
    class task_end;

    static awaitable<void> run(std::shared_ptr<task_set> set, awaitable<void> task);
    awaitable<void> watch_owner();
    awaitable<void> wait_for_all();
    void ended(position which);
    void lost(position which);
    void remove(position which);

    executor_type executor_;
    std::list<task> running_;
    std::exception_ptr failure_;
    std::optional<boost::asio::any_completion_handler<void()>> joiner_;
    boost::asio::cancellation_slot joiner_slot_;
    bool stopping_ = false;
    bool cancelling_ = false; // within cancel(): nothing is taken out of the list
    bool cut_short_ = false; // something was left out because the set is stopping
    std::optional<bool> owner_throws_; // as it was before the owner was watched
    bool owner_cancelled_ = false;
};

} // namespace aloft::detail
