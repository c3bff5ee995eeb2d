#include <aloft/concurrent.hpp>

namespace aloft {

boost::asio::awaitable<void> when_all(std::vector<boost::asio::awaitable<void>> tasks)
{
    const auto set = co_await detail::task_set::open();
    for (auto& task : tasks)
        set->spawn(std::move(task));
    co_await detail::task_set::join(set);
}

} // namespace aloft
