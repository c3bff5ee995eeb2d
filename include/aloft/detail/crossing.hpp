#pragma once

#include <aloft/detail/shard.hpp>
#include <aloft/error.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aloft::detail {

/// Takes a cancellation to the shard on which the operation is. Signals are for one thread only, so
/// there are two of them: the caller's, and this one.
class cancel_link : public std::enable_shared_from_this<cancel_link> {
public:
    explicit cancel_link(std::shared_ptr<shard> where) noexcept : where_(std::move(where)) {}

    /// On the caller's thread, at any time, also when the operation is over.
    void ask(boost::asio::cancellation_type type);

    // On the shard.

    /// The operation begins. False where it was cancelled before.
    bool begin() noexcept;
    boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

private:
    void arrived(boost::asio::cancellation_type type);

    std::shared_ptr<shard> where_;
    boost::asio::cancellation_signal signal_;
    bool begun_ = false;
    bool cancelled_ = false;
};

/// What a completion of this signature is given where there is nothing but an error.
template <class Signature>
struct failed_completion;

template <class... T>
struct failed_completion<void(error_code, T...)> {
    static std::tuple<error_code, T...> arguments(error_code ec) { return {ec, T()...}; }
};

template <class... T>
struct failed_completion<void(std::exception_ptr, T...)> {
    static std::tuple<std::exception_ptr, T...> arguments(error_code ec)
    {
        return {std::make_exception_ptr(boost::system::system_error(ec)), T()...};
    }
};

/// One of what is under way on a shard.
class load_ticket {
public:
    using counter = std::atomic<std::size_t>;

    load_ticket() = default;
    explicit load_ticket(std::shared_ptr<counter> count) noexcept : count_(std::move(count))
    {
        count_->fetch_add(1, std::memory_order_relaxed);
    }
    load_ticket(load_ticket&&) noexcept = default;
    load_ticket& operator=(load_ticket&&) = delete;
    ~load_ticket() { give_back(); }

    void give_back() noexcept
    {
        if (const auto count = std::move(count_))
            count->fetch_sub(1, std::memory_order_relaxed);
    }

private:
    std::shared_ptr<counter> count_;
};

/// An operation of one thread that is carried out on a shard. `Start` is moved there and has
/// - `void operator()(Done done)`: begins, with `done` as the completion handler, which has a
///   cancellation slot of its own; or fails `done`;
/// - `void refused(error_code)`: it is not begun, and its handler will get that error.
template <class Signature, class Start, class Handler>
class crossing {
    using executor_type = boost::asio::associated_executor_t<Handler, shard::executor_type>;
    using pointer = std::unique_ptr<crossing>;

public:
    /// The completion handler of what `Start` begins. Where it is destroyed uncalled, so is the
    /// caller's.
    class done {
    public:
        explicit done(pointer self) noexcept : self_(std::move(self)) {}

        template <class... Args>
        void operator()(Args&&... args)
        {
            self_->ticket_.give_back();
            // A guard of its own: with the handler's alone the caller's event loop could end, and
            // be destroyed, before dispatch() has returned.
            const auto work = self_->work_;
            boost::asio::dispatch(work.get_executor(),
                                  to_handler(std::move(self_), std::forward<Args>(args)...));
        }
        void fail(error_code ec) { std::apply(*this, failed_completion<Signature>::arguments(ec)); }

        using cancellation_slot_type = boost::asio::cancellation_slot;
        [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept
        {
            return self_->link_ ? self_->link_->slot() : cancellation_slot_type();
        }

    private:
        pointer self_;
    };

    crossing(shard& where, load_ticket ticket, Start start, Handler handler) :
        start_(std::move(start)),
        handler_(std::move(handler)),
        work_(boost::asio::get_associated_executor(handler_, where.executor())),
        ticket_(std::move(ticket))
    {
    }

    static void initiate(const std::shared_ptr<shard>& where, load_ticket ticket, Start start,
                         Handler handler)
    {
        beginning begin{std::make_unique<crossing>(*where, std::move(ticket), std::move(start),
                                                   std::move(handler))};
        // The slot is not cleared in the end: it may be the caller's thread that emits, while the
        // operation completes on the shard.
        auto slot = boost::asio::get_associated_cancellation_slot(begin.self->handler_);
        if (slot.is_connected()) {
            auto link = std::make_shared<cancel_link>(where);
            slot.assign([link](boost::asio::cancellation_type type) { link->ask(type); });
            begin.self->link_ = std::move(link);
        }
        if (!where->post(begin))
            refuse(std::move(begin.self));
    }

private:
    struct beginning {
        pointer self;

        void operator()()
        {
            auto start = std::move(self->start_);
            const bool cancelled = self->link_ && !self->link_->begin();
            done over(std::move(self));
            if (!cancelled)
                return start(std::move(over));
            start.refused(boost::asio::error::operation_aborted);
            over.fail(boost::asio::error::operation_aborted);
        }
    };

    // The shard has ended, and where a handler has no executor of its own it cannot run there.
    static void refuse(pointer self)
    {
        self->start_.refused(errc::client_closed);
        self->ticket_.give_back();
        const auto work =
            boost::asio::make_work_guard(boost::asio::get_associated_executor(self->handler_));
        auto run = [self = std::move(self)]<class... Args>(Args&&... args) mutable {
            return to_handler(std::move(self), std::forward<Args>(args)...);
        };
        boost::asio::post(work.get_executor(),
                          std::apply(std::move(run),
                                     failed_completion<Signature>::arguments(errc::client_closed)));
    }

    template <class... Args>
    static auto to_handler(pointer self, Args&&... args)
    {
        const auto allocator = boost::asio::get_associated_allocator(self->handler_);
        std::tuple<std::decay_t<Args>...> all(std::forward<Args>(args)...);
        return boost::asio::bind_allocator(
            allocator, [self = std::move(self), all = std::move(all)]() mutable {
                auto handler = std::move(self->handler_);
                self.reset();
                std::apply(std::move(handler), std::move(all));
            });
    }

    Start start_;
    Handler handler_;
    boost::asio::executor_work_guard<executor_type> work_;
    load_ticket ticket_;
    std::shared_ptr<cancel_link> link_; // where it may be cancelled
};

} // namespace aloft::detail
