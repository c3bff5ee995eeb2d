#pragma once

#include <aloft/detail/joined_tasks.hpp>
#include <aloft/detail/task_set.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <utility>
#include <vector>

/// Structured concurrency: coroutines that start others, and are not over before those are.
///
/// All of this is for coroutines of Boost.Asio on an executor whose handlers never run side by side
/// (a one-thread io_context, or a strand), whether they use a client of aloft or not. What is
/// started runs on the executor of the coroutine that starts it.
///
/// The first task that fails (throws) cancels the others with cancellation_type::terminal. When all
/// have ended, the first failure is thrown; what the others threw because they were cancelled is
/// not. If the coroutine that waits is cancelled, by any type that it lets through, the tasks are
/// cancelled likewise; when all have ended, operation_aborted is thrown, unless every task had come
/// to its end nevertheless. A task that does not heed its cancellation is waited for.
///
/// Under GCC 12 a lambda that captures is named before it is passed in a `co_await` operand.
namespace aloft {

/// Awaits all of `tasks` at once. Returns what they returned, in the order of the arguments, with
/// std::monostate for void.
template <class... T>
boost::asio::awaitable<std::tuple<detail::task_value<T>...>>
when_all(boost::asio::awaitable<T>... tasks)
{
    const auto set = co_await detail::task_set::open();
    std::tuple<std::optional<detail::task_value<T>>...> values;
    detail::spawn_each<T...>(*set, values, tasks...);
    co_await detail::task_set::join(set);
    co_return std::apply([](auto&... value) { return std::tuple(std::move(*value)...); }, values);
}

/// The same for as many as a vector holds. for_each() bounds how many run at once.
template <class T>
boost::asio::awaitable<std::vector<T>> when_all(std::vector<boost::asio::awaitable<T>> tasks)
{
    const auto set = co_await detail::task_set::open();
    std::vector<std::optional<T>> values(tasks.size());
    for (std::size_t i = 0; i != tasks.size(); ++i)
        set->spawn(detail::keep(std::move(tasks[i]), values[i]));
    co_await detail::task_set::join(set);
    std::vector<T> all;
    all.reserve(values.size());
    for (auto& value : values)
        all.push_back(std::move(*value));
    co_return all;
}
boost::asio::awaitable<void> when_all(std::vector<boost::asio::awaitable<void>> tasks);

/// Awaits `f(element)` for each element of `range`, at most `max_in_flight` (one at the least) of
/// them at once, begun in the order of the range. The next element is looked at when there is room
/// for it, so a range may be long, or be made as it is read. A range that is an lvalue is referred
/// to, an rvalue is kept; so is `f`, which returns awaitable<void>. What `f` throws before it
/// returns, and what the range throws, is a failure like any other.
template <std::ranges::input_range Range, class F>
boost::asio::awaitable<void> for_each(Range&& range, std::size_t max_in_flight, F f)
{
    using view = std::views::all_t<Range>;
    return detail::call_each<view, F>(std::views::all(std::forward<Range>(range)),
                                      std::max<std::size_t>(max_in_flight, 1), std::move(f));
}

/// Starts tasks that are awaited together, where somebody else does the waiting.
class task_spawner {
public:
    /// Starts `task`, which runs up to where it first waits before this returns. Drops it unstarted
    /// where a task has failed or cancel() was called.
    void spawn(boost::asio::awaitable<void> task) { set_->spawn(std::move(task)); }
    /// Cancels every task, as one does who has what it wanted: that ends well, unless a task fails
    /// with something else than operation_aborted.
    void cancel() { set_->cancel(); }
    /// Whether a task has failed, or cancel() was called.
    [[nodiscard]] bool stopping() const noexcept { return set_->stopping(); }

protected:
    explicit task_spawner(std::shared_ptr<detail::task_set> set) noexcept : set_(std::move(set)) {}

    std::shared_ptr<detail::task_set> set_;

private:
    template <class Body>
    friend boost::asio::awaitable<void> with_task_group(Body body);
};

/// Tasks that are started one by one, and awaited together. Movable, not copyable.
class task_group : public task_spawner {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Tasks run on `executor`, and all members are called there.
    explicit task_group(executor_type executor) :
        task_spawner(std::make_shared<detail::task_set>(std::move(executor)))
    {
    }
    /// Cancels what still runs, but cannot wait for it: with_task_group() does.
    ~task_group()
    {
        if (set_)
            set_->cancel();
    }
    task_group(task_group&&) noexcept = default;
    task_group& operator=(task_group&& other) noexcept
    {
        std::swap(set_, other.set_);
        return *this;
    }

    /// Waits until no task is left; tasks may spawn others meanwhile. Throws and is cancelled as
    /// said above. For one coroutine at a time, and none that is a task of the group.
    boost::asio::awaitable<void> join() { return detail::task_set::join(set_); }
};

/// Awaits `body(spawner)`, an awaitable<void>, and every task that it, or its tasks, spawn with the
/// task_spawner& it is given, which lives until then; variables of the body, lambdas with captures
/// among them, do not. The body is one of the tasks: where another one fails it is
/// cancelled, where it fails they are.
template <class Body>
boost::asio::awaitable<void> with_task_group(Body body)
{
    const auto set = co_await detail::task_set::open();
    task_spawner spawner(set);
    set->start([&] { return body(spawner); });
    co_await detail::task_set::join(set);
}

} // namespace aloft
