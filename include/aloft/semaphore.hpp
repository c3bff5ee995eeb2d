#pragma once

#include <aloft/detail/async_wait.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace aloft {

namespace policy {
class fair_entry;
class fair_queue;
} // namespace policy

/// What is asked of a semaphore beyond one permit in order of arrival. Setters chain.
class permit_request {
public:
    /// Whoever waits with one key waits in a line of its own, and the lines take turns: a burst of
    /// one does not hold up another. Those without a key are a line as well.
    explicit permit_request(std::string key) : key_(std::move(key)) {}

    /// How many permits it takes. More than there are means: all of them.
    permit_request& weight(std::uint32_t permits) { return weight_ = permits, *this; }
    /// How much of what there is its key gets, in proportion to the others; 1 by default. The last
    /// one who came with a key says.
    permit_request& share(std::uint32_t parts) { return share_ = parts, *this; }

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] std::uint32_t weight() const noexcept { return weight_ == 0 ? 1 : weight_; }
    [[nodiscard]] std::uint32_t share() const noexcept { return share_ == 0 ? 1 : share_; }

private:
    std::string key_;
    std::uint32_t weight_ = 1;
    std::uint32_t share_ = 1;
};

namespace detail {

/// The counting of a semaphore, without an event loop: first in, first out, and the lines of keys
/// in turn; cancelling is O(1); the number of waiters is bounded; the number of permits may change
/// at any time. What has no key pays nothing for those that have one.
class semaphore_state {
public:
    enum class outcome { acquired, waiting, full };

    semaphore_state(std::size_t permits, std::size_t max_waiting) noexcept;
    /// Resumes every waiter with errc::client_closed.
    ~semaphore_state();
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

    /// The same for one with a key and a weight, which takes `e.weight` permits. Where max_waiting
    /// wait already, the last one of the longest line makes room, and is resumed with
    /// errc::queue_full.
    outcome acquire(policy::fair_entry& e, std::string_view key, std::uint32_t share);
    outcome acquire_first(policy::fair_entry& e);
    void cancel(policy::fair_entry& e);

    /// Gives permits back; they pass to whose turn it is.
    void release(std::size_t permits = 1);
    /// Changes the number of permits. When there are fewer than are held, nobody is served until
    /// enough came back.
    void resize(std::size_t permits);
    void close();

    [[nodiscard]] std::size_t permits() const noexcept { return permits_; }
    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    /// The first of those without a key; null when none waits.
    [[nodiscard]] const waiter* first() const noexcept
    {
        return queue_.empty() ? nullptr : &queue_.front();
    }
    /// Those with a key; null while there was none.
    [[nodiscard]] const policy::fair_queue* keyed() const noexcept { return keyed_.get(); }

private:
    [[nodiscard]] bool fits(std::uint32_t weight) const noexcept;
    [[nodiscard]] bool keyed_is_next() const noexcept;
    [[nodiscard]] std::size_t unkeyed() const noexcept;
    bool make_room(std::size_t others, std::uint32_t share);
    void serve();
    bool serve_keyed();
    void one_less() noexcept;

    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> queue_;
    std::unique_ptr<policy::fair_queue> keyed_;
    std::uint64_t queue_start_ = 0; // virtual time of the next turn of those without a key
    std::size_t permits_;
    std::size_t max_waiting_;
    std::size_t held_ = 0;
    std::size_t waiting_ = 0;
    bool serving_ = false;
};

} // namespace detail

/// A permit of a semaphore, or as many as were asked for; gives itself back when destroyed. Must
/// not be destroyed while another thread uses the semaphore.
class permit {
public:
    permit() = default;
    permit(permit&& other) noexcept :
        state_(std::exchange(other.state_, nullptr)), weight_(other.weight_)
    {
    }
    permit& operator=(permit&& other) noexcept
    {
        std::swap(state_, other.state_);
        std::swap(weight_, other.weight_);
        return *this;
    }
    ~permit() { release(); }

    /// Gives the permit back before its time.
    void release()
    {
        if (auto state = std::exchange(state_, nullptr))
            state->release(weight_);
    }
    explicit operator bool() const noexcept { return state_ != nullptr; }

private:
    friend class semaphore;
    explicit permit(std::shared_ptr<detail::semaphore_state> state,
                    std::uint32_t weight = 1) noexcept :
        state_(std::move(state)), weight_(weight)
    {
    }

    std::shared_ptr<detail::semaphore_state> state_;
    std::uint32_t weight_ = 1;
};

/// Bounds how much is in flight: a client has one, and callers may use their own. Strictly first
/// in, first out; those who come with a key are served in turn with other keys. Not thread-safe:
/// use it on one executor.
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
        return detail::async_wait<void(error_code, permit)>(target{state_},
                                                            std::forward<CompletionToken>(token));
    }

    /// The same with a key and a weight. Errors as above; errc::queue_full also ends one who waits
    /// already, where max_waiting wait and its key has most of them.
    template <class CompletionToken>
    auto async_acquire(permit_request what, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, permit)>(keyed_target(state_, std::move(what)),
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

    class keyed_target {
    public:
        keyed_target(std::shared_ptr<shared_state> state, permit_request what);
        keyed_target(keyed_target&&) noexcept;
        ~keyed_target();

        bool start(detail::waiter& w, error_code& ec);
        void cancel(detail::waiter& w);
        detail::pending_list& pending() noexcept { return state_->pending; }
        std::tuple<error_code, permit> result(error_code ec)
        {
            if (ec)
                return {ec, permit()};
            return {ec, permit(std::move(state_), what_.weight())};
        }

    private:
        std::shared_ptr<shared_state> state_;
        permit_request what_;
        std::unique_ptr<policy::fair_entry> entry_;
    };

    executor_type executor_;
    std::shared_ptr<shared_state> state_;
};

} // namespace aloft
