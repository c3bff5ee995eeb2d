#pragma once

#include <aloft/detail/async_wait.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>

namespace aloft {

namespace detail {

/// The counting of a semaphore, without an event loop: first in, first out; cancelling is O(1); the
/// number of waiters is bounded; the number of permits may change at any time.
class semaphore_state {
public:
    enum class outcome { acquired, waiting, full };

    semaphore_state(std::size_t permits, std::size_t max_waiting) noexcept :
        permits_(permits), max_waiting_(max_waiting)
    {
    }
    /// Resumes every waiter with errc::client_closed.
    ~semaphore_state() { close(); }
    semaphore_state(const semaphore_state&) = delete;
    semaphore_state& operator=(const semaphore_state&) = delete;

    /// Takes a permit, or queues `w`, or refuses when max_waiting wait already. A queued waiter is
    /// resumed owning a permit.
    outcome acquire(waiter& w);
    /// Takes a permit if one is free and nobody waits.
    bool try_acquire() noexcept
    {
        const bool free = held_ < permits_ && waiting_ == 0;
        held_ += free ? 1 : 0;
        return free;
    }
    /// Queues before everybody else, whatever the bound: for one who held a permit already (a retry
    /// after its backoff).
    outcome acquire_first(waiter& w);
    /// Gives up waiting.
    void cancel(waiter& w) noexcept;
    /// Gives a permit back; it passes to the first waiter.
    void release();
    /// Changes the number of permits. When there are fewer than are held, nobody is served until
    /// enough came back.
    void resize(std::size_t permits);
    void close();

    [[nodiscard]] std::size_t permits() const noexcept { return permits_; }
    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

private:
    void serve();

    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> queue_;
    std::size_t permits_;
    std::size_t max_waiting_;
    std::size_t held_ = 0;
    std::size_t waiting_ = 0;
    bool serving_ = false;
};

} // namespace detail

/// A permit of a semaphore; gives itself back when destroyed. Must not be destroyed while another
/// thread uses the semaphore.
class permit {
public:
    permit() = default;
    permit(permit&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    permit& operator=(permit&& other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~permit() { release(); }

    /// Gives the permit back before its time.
    void release()
    {
        if (auto state = std::exchange(state_, nullptr))
            state->release();
    }
    explicit operator bool() const noexcept { return state_ != nullptr; }

private:
    friend class semaphore;
    explicit permit(std::shared_ptr<detail::semaphore_state> state) noexcept :
        state_(std::move(state))
    {
    }

    std::shared_ptr<detail::semaphore_state> state_;
};

/// Bounds how much is in flight: a client has one, and callers may use their own. Strictly first
/// in, first out. Not thread-safe: use it on one executor.
class semaphore {
public:
    using executor_type = boost::asio::any_io_executor;

    /// \param permits      how many may be held at once
    /// \param max_waiting  how many may wait; one more ends with errc::queue_full
    semaphore(executor_type executor, std::size_t permits, std::size_t max_waiting = 65536) :
        executor_(std::move(executor)),
        state_(std::make_shared<shared_state>(executor_, permits, max_waiting))
    {
    }
    /// Waiters end with errc::client_closed.
    ~semaphore() { state_->close(); }
    semaphore(const semaphore&) = delete;
    semaphore& operator=(const semaphore&) = delete;

    executor_type get_executor() const { return executor_; }

    /// Waits for a permit. Completes with `void(error_code, permit)`, never inline.
    /// Errors: errc::queue_full, errc::client_closed when the semaphore is destroyed,
    /// operation_aborted when cancelled. Cancellation of any type gives up the place in the queue;
    /// a permit is never lost.
    template <class CompletionToken>
    auto async_acquire(CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, permit)>(executor_, target{state_},
                                                            std::forward<CompletionToken>(token));
    }

    /// Takes a permit if one is free and nobody waits; an empty permit otherwise.
    permit try_acquire() { return state_->try_acquire() ? permit(state_) : permit(); }
    /// Changes the number of permits while the semaphore is in use.
    void resize(std::size_t permits) { state_->resize(permits); }

    [[nodiscard]] std::size_t permits() const noexcept { return state_->permits(); }
    [[nodiscard]] std::size_t held() const noexcept { return state_->held(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return state_->waiting(); }

private:
    struct shared_state : detail::semaphore_state {
        shared_state(const executor_type& executor, std::size_t permits, std::size_t max_waiting) :
            semaphore_state(permits, max_waiting), pending(executor)
        {
        }
        detail::pending_list pending;
    };

    struct target {
        std::shared_ptr<shared_state> state;

        bool start(detail::waiter& w, error_code& ec)
        {
            using outcome = detail::semaphore_state::outcome;
            const auto got = state->acquire(w);
            if (got == outcome::full)
                ec = errc::queue_full;
            return got == outcome::waiting;
        }
        void cancel(detail::waiter& w) { state->cancel(w); }
        detail::pending_list& pending() noexcept { return state->pending; }
        std::tuple<error_code, permit> result(error_code ec)
        {
            if (ec)
                return {ec, permit()};
            return {ec, permit(std::move(state))};
        }
    };

    executor_type executor_;
    std::shared_ptr<shared_state> state_;
};

} // namespace aloft
