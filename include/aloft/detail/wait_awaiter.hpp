#pragma once

#include <aloft/detail/pending_list.hpp>
#include <aloft/detail/waiter.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

namespace aloft::detail {

/// What `co_await` sees of an operation with the token use_awaiter: a wait_operation that lies in
/// the coroutine. `Target` is as there.
template <class Target>
class [[nodiscard]] wait_awaiter final : private waiter, private pending_operation {
    using result_type = decltype(std::declval<Target&>().result(error_code()));

public:
    explicit wait_awaiter(Target&& target) :
        waiter(&wait_awaiter::resumed),
        pending_operation(&wait_awaiter::destroyed),
        target_(std::move(target))
    {
    }
    ~wait_awaiter()
    {
        if (later_ != nullptr)
            later_->give_up();
        if (pending_ != nullptr) {
            leave();
            target_.cancel(*this);
        }
    }
    wait_awaiter(const wait_awaiter&) = delete;
    wait_awaiter& operator=(const wait_awaiter&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine)
    {
        if (!target_.start(*this, error_))
            return false;
        coroutine_ = coroutine;
        pending_ = &target_.pending();
        pending_->add(*this);
        return true;
    }
    result_type await_resume()
    {
        return later_ != nullptr ? std::move(*later_->result) : target_.result(error_);
    }

private:
    // What a later turn of the loop resumes. The coroutine may be gone by then.
    struct postponed {
        postponed(std::coroutine_handle<> whom, result_type&& with) :
            coroutine(whom), result(std::move(with))
        {
        }
        void give_up()
        {
            coroutine = nullptr;
            result.reset();
        }
        std::coroutine_handle<> coroutine;
        std::optional<result_type> result;
    };

    static void resumed(waiter& self, error_code ec, delivery how)
    {
        auto& operation = static_cast<wait_awaiter&>(self);
        operation.error_ = ec;
        if (how == delivery::direct) {
            operation.leave();
            return operation.coroutine_.resume();
        }
        const auto executor = operation.leave(); // result() may let go of it
        operation.later_ =
            std::make_shared<postponed>(operation.coroutine_, operation.target_.result(ec));
        boost::asio::post(executor, [later = operation.later_] {
            if (later->coroutine)
                later->coroutine.resume();
        });
    }

    static void destroyed(pending_operation& self)
    {
        auto& operation = static_cast<wait_awaiter&>(self);
        operation.leave();
        operation.target_.cancel(operation);
    }

    const boost::asio::any_io_executor& leave() noexcept
    {
        auto* from = std::exchange(pending_, nullptr);
        from->remove(*this);
        return from->executor();
    }

    Target target_;
    pending_list* pending_ = nullptr; // while it waits
    std::coroutine_handle<> coroutine_;
    std::shared_ptr<postponed> later_;
    error_code error_;
};

} // namespace aloft::detail
