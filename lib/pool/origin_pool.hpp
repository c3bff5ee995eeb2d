#pragma once

#include "base/exchange.hpp"
#include "base/timer_service.hpp"
#include "connection/connection.hpp"
#include "net/connector.hpp"
#include "policy/retry_gate.hpp"
#include "pool/backoff.hpp"
#include "pool/plan.hpp"
#include "pool/pooled_connection.hpp"

#include <aloft/client_options.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/failure.hpp>
#include <aloft/metrics.hpp>
#include <aloft/url.hpp>

#include <list>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace aloft::pool {

/// What a pool works with; the client owns all of it.
class environment {
public:
    const client_options& options;
    timer_service& timers;
    buffer_pool& buffers;
    read_space& space;
    net::connector& connector;
    std::minstd_rand& random; ///< for jitter
    connection_metrics& metrics;
};

/// Is told when a connection that was drained with all others is gone.
class drain_observer {
public:
    virtual void drained() = 0;

protected:
    ~drain_observer() = default;
};

/// Waits for a slot: one stream on a connection, reserved for the waiter alone.
class slot_waiter : public detail::waiter {
public:
    using waiter::waiter;
    pooled_connection* granted = nullptr; ///< set before it is resumed without an error

protected:
    ~slot_waiter() = default;
};

/// How a request comes to ask for a slot.
enum class turn : std::uint8_t {
    first, ///< for the first time: behind those who wait
    again, ///< its slot was lost by no fault of its own: before those who were never served
    /// It was sent in vain on a connection that the server was closing. As `again`, and with a
    /// connection that carried nothing before: others of those that are there may be closing, too.
    afresh,
};

/// Why the last dial failed.
class dial_failure {
public:
    error_code code;
    aloft::phase phase = aloft::phase::connect;
    std::string detail;
};

/// The connections to one origin and the requests that wait for them, first in, first out.
class origin_pool {
public:
    origin_pool(aloft::origin origin, const environment& env);
    /// As close(); waiters must be gone.
    ~origin_pool();
    origin_pool(const origin_pool&) = delete;
    origin_pool& operator=(const origin_pool&) = delete;

    /// A slot reserved at once, or null: then `w` waits, and is resumed with `granted` set or with
    /// the error of last_failure().
    pooled_connection* acquire(slot_waiter& w, turn as = turn::first);
    /// Gives up waiting.
    void cancel(slot_waiter& w) noexcept;
    /// Closes every connection and withdraws every dial. Nothing may be acquired afterwards.
    void close();
    /// Ends every connection once its exchanges are over; nobody may wait for a slot any more.
    void drain(drain_observer& who);
    /// Opens connections up to client_options::min_connections, or up to `least`.
    void warm_up(std::size_t least = 0);
    /// The reserved slot was used for an exchange, which counts by itself from here on.
    void used(pooled_connection& c) noexcept
    {
        --c.reserved;
        ++c.open;
        c.unused = false;
    }
    /// The exchange is over; those who wait are served when the connection tells what changed.
    void closed(pooled_connection& c, const exchange& e);
    /// The exchange was abandoned: its slot may be free now, or when the peer shows life. It
    /// `timed_out`: the connection may be dead.
    void abandoned(pooled_connection& c, bool timed_out);
    /// The reserved slot is not needed.
    void give_back(pooled_connection& c);

    /// True while no connection can serve and one is being opened: a waiter then waits for the
    /// network, not for a slot.
    [[nodiscard]] bool reaching() const noexcept { return usable_ == 0; }
    /// Since when.
    [[nodiscard]] tick reaching_since() const noexcept { return reaching_since_; }
    /// What it is that takes so long, while reaching().
    [[nodiscard]] dial_failure reached() const;
    [[nodiscard]] const dial_failure& last_failure() const noexcept { return last_failure_; }
    [[nodiscard]] const aloft::origin& origin() const noexcept { return origin_; }
    [[nodiscard]] const std::string& authority() const noexcept { return authority_; }
    [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
    [[nodiscard]] std::size_t dials() const noexcept { return dials_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::size_t reserved() const noexcept;
    [[nodiscard]] std::size_t streams() const noexcept;
    [[nodiscard]] std::size_t deferred_resets() const noexcept;
    /// What decides about retries to this origin as a whole.
    [[nodiscard]] policy::retry_gate& retries() noexcept { return retries_; }

private:
    friend class pooled_connection;
    class dial;

    class retry_timer : public timer_entry {
    public:
        using timer_entry::timer_entry;
        origin_pool* owner = nullptr;
    };

    using waiter_list =
        boost::intrusive::list<detail::waiter, boost::intrusive::constant_time_size<false>>;

    // waiters.cpp
    [[nodiscard]] waiter_list& list_of(turn as) noexcept;
    [[nodiscard]] pooled_connection* pick_for(turn as);
    bool serve_next(turn as);
    void serve();
    void fail_waiters(error_code why);
    // pick.cpp
    [[nodiscard]] pooled_connection* pick();
    [[nodiscard]] pooled_connection* pick_unused();
    [[nodiscard]] bool fit_for_use(pooled_connection& c);
    pooled_connection* reserve(pooled_connection& c);
    void place(pooled_connection& c);
    void enlist(pooled_connection& c);
    void retire(pooled_connection& c);
    // growth.cpp
    [[nodiscard]] counts count() const;
    [[nodiscard]] bool may_grow() const;
    void grow();
    void start_dials(std::size_t wanted);
    [[nodiscard]] net::endpoint_key endpoint() const;
    [[nodiscard]] bool multiplexed(const net::transport& stream) const;
    [[nodiscard]] liveness_limits watch_limits(bool http2) const;
    void opened(std::unique_ptr<net::transport> transport);
    void dial_failed(dial_failure why);
    void hold_off();
    void learn(pooled_connection& c);
    void require_http1();
    // idle.cpp
    [[nodiscard]] tick idle_limit(const pooled_connection& c) const;
    void watch_idle(pooled_connection& c);
    void idle_expired(pooled_connection& c);
    void drain_idle();
    // age.cpp
    void watch_age(pooled_connection& c);
    void age_expired(pooled_connection& c);
    void relieve_aged();
    // origin_pool.cpp
    void remove(pooled_connection& c);
    void tell_ended(pooled_connection& c, error_code why);

    aloft::origin origin_;
    std::string authority_; // of origin_, for ":authority" and Host
    environment env_;
    std::vector<std::unique_ptr<pooled_connection>> connections_;
    connection_list below_target_;
    connection_list spare_;
    waiter_list afresh_; // those who wait, by their turn
    waiter_list replays_;
    waiter_list queue_;
    std::size_t waiting_ = 0;
    std::size_t usable_ = 0; // connections that are not retired
    std::size_t doubted_ = 0; // of those, the ones whose peer does not answer
    std::size_t aged_ = 0; // and those that wait for their successor
    tick reaching_since_ = 0;
    std::list<std::unique_ptr<dial>> dials_;
    std::size_t streams_per_dial_;
    std::uint32_t streams_before_settings_; // what the origin allowed last, or the option
    dial_failure last_failure_;
    redial_backoff backoff_;
    policy::retry_gate retries_;
    retry_timer redial_;
    drain_observer* drained_ = nullptr; // once it drains
    bool serving_ = false;
    bool http1_required_ = false;
};

} // namespace aloft::pool
