#include <aloft/detail/task_set.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace aloft::detail {

namespace asio = boost::asio;

namespace {

bool is_operation_aborted(const std::exception_ptr& why)
{
    try {
        std::rethrow_exception(why);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

/// Completes a task: the set learns of its end, and also where there is none, because the task was
/// destroyed with its io_context.
class task_set::task_end {
public:
    task_end(std::shared_ptr<task_set> set, position which) noexcept :
        set_(std::move(set)), which_(which)
    {
    }
    task_end(task_end&&) noexcept = default;
    task_end& operator=(task_end&&) = delete;
    ~task_end()
    {
        if (set_)
            std::exchange(set_, nullptr)->lost(which_);
    }

    // run() lets no exception through.
    void operator()(const std::exception_ptr&) { std::exchange(set_, nullptr)->ended(which_); }

private:
    std::shared_ptr<task_set> set_;
    position which_;
};

asio::awaitable<std::shared_ptr<task_set>> task_set::open()
{
    auto set = std::make_shared<task_set>(co_await asio::this_coro::executor);
    co_await set->watch_owner();
    co_return set;
}

// A cancellation that threw at the next co_await would leave the tasks behind.
asio::awaitable<void> task_set::watch_owner()
{
    if (owner_throws_)
        co_return;
    owner_throws_ = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
}

void task_set::spawn(awaitable<void> task)
{
    if (stopping_) {
        cut_short_ = true;
        return;
    }
    const auto which = running_.emplace(running_.end());
    asio::co_spawn(
        executor_, run(shared_from_this(), std::move(task)),
        asio::bind_cancellation_slot(which->signal.slot(), task_end(shared_from_this(), which)));
}

// Caught here and not in the completion, which Asio posts where a task never suspended: the others
// are to stop at once.
asio::awaitable<void> task_set::run(std::shared_ptr<task_set> set, awaitable<void> task)
{
    try {
        co_await std::move(task);
    } catch (...) {
        set->fail(std::current_exception());
    }
    // Asio has a co_await behind this one, whose exception would leave co_spawn.
    co_await asio::this_coro::throw_if_cancelled(false);
}

void task_set::fail(std::exception_ptr why)
{
    if (stopping_ && is_operation_aborted(why))
        cut_short_ = true;
    else if (!failure_)
        failure_ = std::move(why);
    cancel();
}

void task_set::cancel()
{
    if (std::exchange(stopping_, true) && cancelling_)
        return;
    cancelling_ = true;
    for (auto& each : running_) {
        if (!each.over)
            each.signal.emit(asio::cancellation_type::terminal);
    }
    cancelling_ = false;
    running_.remove_if([](const task& each) { return each.over; });
}

void task_set::ended(position which)
{
    remove(which);
    if (!running_.empty() || !joiner_)
        return;
    joiner_slot_.clear();
    auto joiner = std::move(*joiner_);
    joiner_.reset();
    asio::post(executor_, [joiner = std::move(joiner)]() mutable { std::move(joiner)(); });
}

void task_set::lost(position which)
{
    remove(which);
    if (!running_.empty() || !joiner_)
        return;
    [[maybe_unused]] const auto joiner = std::move(*joiner_); // what it destroys comes back here
    joiner_.reset();
}

void task_set::remove(position which)
{
    which->over = true;
    if (!cancelling_)
        running_.erase(which);
}

asio::awaitable<void> task_set::join(std::shared_ptr<task_set> set)
{
    co_await set->watch_owner();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (*set->owner_throws_ && state.cancelled() != asio::cancellation_type::none) {
        set->owner_cancelled_ = true;
        set->cancel();
    }
    while (!set->running_.empty())
        co_await set->wait_for_all();
    co_await asio::this_coro::throw_if_cancelled(*set->owner_throws_);
    set->owner_throws_.reset();
    if (set->failure_)
        std::rethrow_exception(set->failure_);
    if (set->owner_cancelled_ && set->cut_short_)
        throw boost::system::system_error(asio::error::operation_aborted);
}

asio::awaitable<void> task_set::wait_for_all()
{
    return asio::async_initiate<decltype(asio::use_awaitable), void()>(
        [this](auto joiner) {
            // The slot is that of joiner_: it puts a handler of its own into the coroutine's.
            joiner_.emplace(std::move(joiner));
            joiner_slot_ = joiner_->get_cancellation_slot();
            if (joiner_slot_.is_connected())
                joiner_slot_.assign([this](asio::cancellation_type type) {
                    if (type == asio::cancellation_type::none)
                        return;
                    owner_cancelled_ = true;
                    cancel();
                });
        },
        asio::use_awaitable);
}

} // namespace aloft::detail
