#pragma once

#include <aloft/detail/pending_list.hpp>
#include <aloft/detail/wait_awaiter.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/use_awaiter.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aloft::detail {

namespace asio = boost::asio;

/// What an asynchronous operation waits on. `Target` is moved into the operation and has
/// - `bool start(waiter&, error_code&)`: true, it waits and will be resumed; false, it is over with
///   that error;
/// - `void cancel(waiter&)`: takes the waiter out again, which the target then does not resume;
/// - `pending_list& pending()`: where the operation is kept while it waits, and whose executor
/// resumes it;
/// - `std::tuple<Args...> result(error_code)`: what the handler gets, the error included.
template <class Target, class Handler>
class wait_operation final : public waiter, public pending_operation {
    using executor_type = asio::associated_executor_t<Handler, asio::any_io_executor>;
    using handler_allocator = asio::associated_allocator_t<Handler>;
    // Handlers that do not say otherwise are best served by what Asio keeps for the thread.
    using allocator_type = typename std::allocator_traits<std::conditional_t<
        std::is_same_v<handler_allocator, std::allocator<void>>, asio::recycling_allocator<void>,
        handler_allocator>>::template rebind_alloc<wait_operation>;
    using tracked_executor = std::decay_t<typename asio::prefer_result<
        const executor_type&, asio::execution::outstanding_work_t::tracked_t>::type>;

public:
    wait_operation(const asio::any_io_executor& io, Target&& target, Handler&& handler) :
        waiter(&wait_operation::resumed),
        pending_operation(&wait_operation::destroyed),
        target_(std::move(target)),
        handler_(std::move(handler))
    {
        // The client's own loop is kept running by the connection that will resume this. Another
        // executor is told that there is work; few are, and thousands of operations wait at once.
        const auto executor = asio::get_associated_executor(handler_, io);
        if (!same_executor(executor, io))
            elsewhere_ = std::make_unique<tracked_executor>(
                asio::prefer(executor, asio::execution::outstanding_work.tracked));
    }

    static void initiate(Target target, Handler handler)
    {
        auto allocator = allocator_of(handler);
        const auto& io = target.pending().executor();
        auto* memory = std::allocator_traits<allocator_type>::allocate(allocator, 1);
        auto* operation = new (memory) wait_operation(io, std::move(target), std::move(handler));
        error_code ec;
        if (operation->target_.start(*operation, ec))
            operation->suspend();
        else
            operation->complete(ec, delivery::posted, io);
    }

private:
    static void resumed(waiter& self, error_code ec, delivery how)
    {
        auto& operation = static_cast<wait_operation&>(self);
        operation.complete(ec, how, operation.leave());
    }

    static void destroyed(pending_operation& self)
    {
        auto& operation = static_cast<wait_operation&>(self);
        operation.leave();
        operation.target_.cancel(operation);
        [[maybe_unused]] const auto handler = operation.dissolve(); // may own what was waited for
    }

    void suspend()
    {
        pending_ = &target_.pending();
        pending_->add(*this);
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected())
            return;
        watching_ = true;
        slot.assign([this](asio::cancellation_type type) {
            // Every wait can be given up without loss, so all kinds of cancellation are honoured.
            if (type == asio::cancellation_type::none)
                return;
            const auto& io = leave();
            target_.cancel(*this);
            complete(asio::error::operation_aborted, delivery::posted, io);
        });
    }

    // It does not wait any more; where its handler runs, if that does not say so itself.
    const asio::any_io_executor& leave() noexcept
    {
        pending_->remove(*this);
        return pending_->executor();
    }

    void complete(error_code ec, delivery how, const asio::any_io_executor& io)
    {
        if (how == delivery::direct && elsewhere_ == nullptr) {
            auto result = target_.result(ec);
            std::apply(dissolve(), std::move(result));
            return;
        }
        // Taken before result(), which may let go of what holds `io`.
        const auto executor = asio::get_associated_executor(handler_, io);
        auto result = target_.result(ec);
        auto work = std::move(elsewhere_);
        auto handler = dissolve();
        const auto allocator = asio::get_associated_allocator(handler);
        auto run = asio::bind_allocator(allocator,
                                        [handler = std::move(handler), result = std::move(result),
                                         work = std::move(work)]() mutable {
                                            std::apply(std::move(handler), std::move(result));
                                        });
        if (how == delivery::direct)
            asio::dispatch(executor, std::move(run));
        else
            asio::post(executor, std::move(run));
    }

    // Destroys this, less the handler.
    Handler dissolve()
    {
        if (watching_)
            asio::get_associated_cancellation_slot(handler_).clear();
        auto handler = std::move(handler_);
        auto allocator = allocator_of(handler);
        std::allocator_traits<allocator_type>::destroy(allocator, this);
        std::allocator_traits<allocator_type>::deallocate(allocator, this, 1);
        return handler;
    }

    static allocator_type allocator_of(const Handler& handler)
    {
        if constexpr (std::is_same_v<handler_allocator, std::allocator<void>>)
            return {};
        else
            return allocator_type(asio::get_associated_allocator(handler));
    }

    template <class Executor>
    static bool same_executor(const Executor& mine, const asio::any_io_executor& io)
    {
        if constexpr (std::is_same_v<Executor, asio::any_io_executor>) {
            return mine == io;
        } else {
            const auto* target = io.target<Executor>();
            return target != nullptr && *target == mine;
        }
    }

    Target target_;
    Handler handler_;
    pending_list* pending_ = nullptr; // of the target, once it waits
    std::unique_ptr<tracked_executor> elsewhere_; // where the handler runs, if not on that one
    bool watching_ = false;
};

/// Runs a Target as an asynchronous operation with the given completion signature.
template <class Signature, class Target, class CompletionToken>
auto async_wait(Target target, CompletionToken&& token)
{
    if constexpr (std::is_same_v<std::decay_t<CompletionToken>, use_awaiter_t>)
        return wait_awaiter<Target>(std::move(target));
    else
        return asio::async_initiate<CompletionToken, Signature>(
            [](auto handler, Target waits_on) {
                wait_operation<Target, decltype(handler)>::initiate(std::move(waits_on),
                                                                    std::move(handler));
            },
            token, std::move(target));
}

} // namespace aloft::detail
