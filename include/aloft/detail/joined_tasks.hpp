#pragma once

#include <aloft/detail/task_set.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace aloft::detail {

/// What a task leaves: T, or std::monostate for void.
template <class T>
using task_value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
boost::asio::awaitable<void> keep(boost::asio::awaitable<T> task,
                                  std::optional<task_value<T>>& value)
{
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        value.emplace();
    } else {
        value.emplace(co_await std::move(task));
    }
}

template <class... T>
void spawn_each(task_set& set, std::tuple<std::optional<task_value<T>>...>& values,
                boost::asio::awaitable<T>&... tasks)
{
    std::apply([&](auto&... value) { (set.spawn(keep(std::move(tasks), value)), ...); }, values);
}

/// Calls f with the elements of a view, from as many tasks as are to run at once.
template <class View, class F>
class element_calls {
public:
    element_calls(View items, F f) : items_(std::move(items)), f_(std::move(f)) {}

    void start(task_set& set, std::size_t max_in_flight)
    {
        next_.emplace(std::ranges::begin(items_));
        for (std::size_t i = 0; i != max_in_flight && !set.stopping() && left(); ++i)
            set.spawn(take_turns(set));
    }
    bool left() { return *next_ != std::ranges::end(items_); }

private:
    boost::asio::awaitable<void> take_turns(task_set& set)
    {
        while (left()) {
            if (set.stopping()) {
                set.cut_short();
                break;
            }
            // The others go on from the next element while this one is awaited.
            if constexpr (std::ranges::forward_range<View>) {
                const auto at = (*next_)++;
                auto&& element = *at;
                auto task = f_(std::forward<decltype(element)>(element));
                co_await std::move(task);
            } else {
                std::ranges::range_value_t<View> element(std::ranges::iter_move(*next_));
                ++*next_;
                auto task = f_(std::move(element));
                co_await std::move(task);
            }
        }
    }

    View items_;
    F f_;
    std::optional<std::ranges::iterator_t<View>> next_;
};

template <class View, class F>
boost::asio::awaitable<void> call_each(View items, std::size_t max_in_flight, F f)
{
    const auto set = co_await task_set::open();
    element_calls<View, F> calls(std::move(items), std::move(f));
    try {
        calls.start(*set, max_in_flight);
    } catch (...) { // of the range
        set->fail(std::current_exception());
    }
    co_await task_set::join(set);
}

} // namespace aloft::detail
