#pragma once

#include "base/timer_service.hpp"
#include "policy/adaptive_limit.hpp"
#include "policy/fair_queue.hpp"
#include "policy/rate_limiter.hpp"
#include "policy/token_estimate.hpp"

#include <aloft/adaptive_concurrency.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/fields.hpp>
#include <aloft/limit_state.hpp>
#include <aloft/rate_limits.hpp>
#include <aloft/semaphore.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::policy {

class origin_limits;

/// What the limits know of one request; each attempt of it is admitted anew.
class limited_request : public fair_entry {
public:
    limited_request(detail::waiter& waits, std::uint32_t takes) noexcept : fair_entry(waits, takes)
    {
    }

    std::shared_ptr<origin_limits> by; ///< null: it waits for permits only
    std::string key; ///< whoever waits with the same key waits in one line
    std::uint32_t share = 1;
    prompt_size prompt;
    std::uint64_t tokens = 0; ///< that it is thought to need
    tick sent_at = 0;
    bool settled = false;
};

/// All that holds requests to one origin back before they are given a connection, besides the
/// permits of the client: requests and tokens a minute, and a concurrency that is learned. Those
/// who wait do so in one place, with keys taking turns, and only the first of them asks for a
/// permit; so one origin's limits hold up no other's requests, and nobody holds a permit idly.
class origin_limits final : private detail::waiter {
public:
    using outcome = detail::semaphore_state::outcome;

    /// \param permits  of the client
    /// \param name     of the origin, its key at the permits
    origin_limits(detail::semaphore_state& permits, timer_service& timers, std::string name,
                  const rate_limits* rates, const adaptive_concurrency* adaptive,
                  std::size_t max_waiting);
    ~origin_limits();
    origin_limits(const origin_limits&) = delete;
    origin_limits& operator=(const origin_limits&) = delete;

    /// Admits it, with a permit, or queues it, or refuses it when max_waiting wait already and
    /// those with its key are no fewer than others.
    outcome acquire(limited_request& r);
    /// The same before everybody else, whatever the bound.
    outcome acquire_first(limited_request& r);
    /// Gives up waiting.
    void cancel(limited_request& r);
    /// An attempt is over: gives its permit back.
    void release(limited_request& r);
    /// Resumes all who wait with errc::client_closed; nobody is admitted any more.
    void close();

    // What becomes of an attempt.
    void answered(unsigned status, const fields& head);
    void overloaded(const limited_request& r);
    void first_token(const limited_request& r) noexcept;
    void succeeded() noexcept;
    /// It did not leave, so it used nothing.
    void not_sent(const limited_request& r) noexcept;
    /// What it used. \param counted  by the server: worth learning from
    void settle(limited_request& r, std::uint64_t prompt_tokens, std::uint64_t answer_tokens,
                bool counted = true);

    [[nodiscard]] std::uint64_t estimate(const prompt_size& of) const noexcept
    {
        return estimate_.of(of);
    }
    [[nodiscard]] limit_state state() const;
    /// What the first of those who wait is waiting for, in words.
    [[nodiscard]] std::string_view holding_up() const;
    [[nodiscard]] const fair_queue& queue() const noexcept { return queue_; }
    /// Asks for a permit, for one who is in queue().
    [[nodiscard]] bool asks() const noexcept { return asks_; }

private:
    class alarm : public timer_entry {
    public:
        explicit alarm(origin_limits& of) : timer_entry(&expired), owner(of) {}
        origin_limits& owner;
        static void expired(timer_entry& e) { static_cast<alarm&>(e).owner.serve(); }
    };

    static void permit_came(detail::waiter& self, error_code ec, detail::delivery how);
    [[nodiscard]] bool fits(const limited_request& r) const noexcept;
    bool ready(const limited_request& r);
    bool take_permits(std::uint32_t weight);
    void withdraw();
    void rest_if_empty();
    void admit(limited_request& r);
    bool make_room(const limited_request& r);
    void serve();

    detail::semaphore_state& permits_;
    timer_service& timers_;
    std::string name_;
    std::optional<rate_limiter> rates_;
    std::optional<adaptive_limit> adaptive_;
    token_estimate estimate_;
    std::size_t max_waiting_;
    fair_queue queue_;
    fair_entry asking_; // at the permits
    alarm alarm_{*this};
    std::size_t held_ = 0;
    std::size_t requests_ = 0; // those that hold permits
    std::uint64_t overloads_ = 0;
    std::uint32_t granted_ = 0; // permits that came and are nobody's yet
    bool asks_ = false;
    bool serving_ = false;
    bool closed_ = false;
};

} // namespace aloft::policy
