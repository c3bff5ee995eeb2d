#pragma once

#include "base/timer_service.hpp"
#include "connection/connection.hpp"
#include "net/connector.hpp"
#include "pool/backoff.hpp"
#include "pool/plan.hpp"
#include "pool/pooled_connection.hpp"

#include <aloft/client_options.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/failure.hpp>
#include <aloft/url.hpp>

#include <list>
#include <memory>
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
};

/// Waits for a slot: one stream on a connection, reserved for the waiter alone.
class slot_waiter : public detail::waiter {
public:
    using waiter::waiter;
    pooled_connection* granted = nullptr; ///< set before it is resumed without an error

protected:
    ~slot_waiter() = default;
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
    pooled_connection* acquire(slot_waiter& w);
    /// Gives up waiting.
    void cancel(slot_waiter& w) noexcept;
    /// Closes every connection and withdraws every dial. Nothing may be acquired afterwards.
    void close();
    /// The reserved slot was used for an exchange, which counts by itself from here on.
    void used(pooled_connection& c) noexcept
    {
        --c.reserved;
        ++c.open;
    }
    /// The exchange is over; those who wait are served when the connection tells what changed.
    void closed(pooled_connection& c);
    /// The exchange was abandoned: its slot may be free now, or when the peer shows life.
    void abandoned(pooled_connection& c);
    /// The reserved slot is not needed.
    void give_back(pooled_connection& c);

    /// True while no connection can serve and one is being opened: a waiter then waits for the
    /// network, not for a slot.
    [[nodiscard]] bool reaching() const noexcept { return usable_ == 0; }
    /// Since when.
    [[nodiscard]] tick reaching_since() const noexcept { return reaching_since_; }
    [[nodiscard]] const dial_failure& last_failure() const noexcept { return last_failure_; }
    [[nodiscard]] const aloft::origin& origin() const noexcept { return origin_; }
    [[nodiscard]] const std::string& authority() const noexcept { return authority_; }
    [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
    [[nodiscard]] std::size_t dials() const noexcept { return dials_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::size_t reserved() const noexcept;
    [[nodiscard]] std::size_t streams() const noexcept;

private:
    friend class pooled_connection;
    class dial;

    class retry_timer : public timer_entry {
    public:
        using timer_entry::timer_entry;
        origin_pool* owner = nullptr;
    };

    [[nodiscard]] pooled_connection* pick();
    pooled_connection* reserve(pooled_connection& c);
    void serve();
    void grow();
    [[nodiscard]] counts count() const;
    [[nodiscard]] bool may_grow() const;
    [[nodiscard]] net::endpoint_key endpoint() const;
    void learn(std::size_t peer_limit);
    void place(pooled_connection& c);
    void retire(pooled_connection& c);
    void watch_idle(pooled_connection& c);
    void remove(pooled_connection& c);
    void opened(std::unique_ptr<net::transport> transport);
    void dial_failed(dial_failure why);

    aloft::origin origin_;
    std::string authority_; // of origin_, for ":authority" and Host
    environment env_;
    std::vector<std::unique_ptr<pooled_connection>> connections_;
    connection_list below_target_;
    connection_list spare_;
    boost::intrusive::list<detail::waiter, boost::intrusive::constant_time_size<false>> queue_;
    std::size_t waiting_ = 0;
    std::size_t usable_ = 0; // connections that are not retired
    tick reaching_since_ = 0;
    std::list<std::unique_ptr<dial>> dials_;
    std::size_t streams_per_dial_;
    std::uint32_t streams_before_settings_; // what the origin allowed last, or the option
    dial_failure last_failure_;
    redial_backoff backoff_;
    retry_timer redial_;
    bool serving_ = false;
};

} // namespace aloft::pool
