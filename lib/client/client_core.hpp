#pragma once

#include "base/receive_buffer.hpp"
#include "base/timer_service.hpp"
#include "client/attempt_policy.hpp"
#include "client/call.hpp"
#include "client/closing.hpp"
#include "connection/connection.hpp"
#include "net/connector.hpp"
#include "policy/origin_limits.hpp"
#include "pool/pool.hpp"

#include <aloft/body.hpp>
#include <aloft/client_options.hpp>
#include <aloft/detail/pending_list.hpp>
#include <aloft/metrics.hpp>
#include <aloft/semaphore.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <memory>
#include <random>
#include <string>
#include <unordered_map>

namespace aloft::detail {

/// Told that the client goes away, besides the requests under way.
class close_listener : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual void client_closed() = 0;
    /// It starts no requests any more, and waits for those under way.
    virtual void client_draining() {}

protected:
    ~close_listener() = default;
};

/// What the requests of one client share. Held by the client and by every request, so that a
/// response may outlive its client.
class client_core final : public std::enable_shared_from_this<client_core> {
public:
    client_core(boost::asio::any_io_executor executor, client_options options,
                std::shared_ptr<net::connector> connector, std::shared_ptr<timer_service> timers);
    ~client_core();

    /// A request that has not started; `policy` may be null.
    call_handle prepare(request&& what, std::unique_ptr<attempt_policy> policy);
    /// Ends every request with errc::client_closed and closes every connection.
    void close();
    /// Starts no request any more; those under way may end until `limit` is over, then they fail as
    /// close() has it. False when it is closed already. A second call only shortens the time.
    bool drain(time_limit limit);
    [[nodiscard]] bool draining() const noexcept { return closing_ != nullptr; }
    /// `user` is resumed when the drain is over; false when it is.
    bool wait_drained(waiter& user) noexcept { return closing_->wait(user); }
    void check_drained() { closing_->check(); }
    /// Whether requests are held back by anything but max_in_flight.
    [[nodiscard]] bool limited() const noexcept { return options.rates() || options.adaptive(); }
    /// The limits of an origin, if limited(). Of origins that nobody uses some are forgotten.
    std::shared_ptr<policy::origin_limits> limits_of(const origin& where);

    const boost::asio::any_io_executor executor;
    const client_options options;
    const std::shared_ptr<timer_service> timers;
    buffer_pool buffers;
    read_space space;
    semaphore_state permits;
    const std::shared_ptr<net::connector> connector;
    std::minstd_rand random; // jitter; a test that is to be repeated seeds it
    client_metrics metrics; // client::metrics() settles and completes a copy
    aloft::pool::pool pool;
    pending_list pending;
    std::unordered_map<origin, std::shared_ptr<policy::origin_limits>> limits; // if limited()
    bool closed = false;

    /// Requests between start and end.
    call_list live;
    boost::intrusive::list<close_listener, boost::intrusive::constant_time_size<false>>
        close_listeners;

private:
    void begin_draining();

    std::unique_ptr<closing> closing_;
};

inline observer* call::watching() const noexcept
{
    return core_->options.observer();
}

} // namespace aloft::detail
