#pragma once

#include "base/receive_buffer.hpp"
#include "base/timer_service.hpp"
#include "client/attempt_policy.hpp"
#include "client/call.hpp"
#include "connection/connection.hpp"
#include "net/connector.hpp"
#include "pool/pool.hpp"

#include <aloft/body.hpp>
#include <aloft/client_options.hpp>
#include <aloft/detail/pending_list.hpp>
#include <aloft/semaphore.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <memory>

namespace aloft::detail {

/// Told that the client goes away, besides the requests under way.
class close_listener : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual void client_closed() = 0;

protected:
    ~close_listener() = default;
};

/// What the requests of one client share. Held by the client and by every request, so that a
/// response may outlive its client.
class client_core final : public std::enable_shared_from_this<client_core> {
public:
    client_core(boost::asio::any_io_executor executor, client_options options,
                std::unique_ptr<net::connector> connector, std::shared_ptr<timer_service> timers);
    ~client_core();

    /// A request that has not started; `policy` may be null.
    call_handle prepare(request what, std::unique_ptr<attempt_policy> policy);
    /// Ends every request with errc::client_closed and closes every connection.
    void close();

    const boost::asio::any_io_executor executor;
    const client_options options;
    const std::shared_ptr<timer_service> timers;
    buffer_pool buffers;
    read_space space;
    semaphore_state permits;
    const std::unique_ptr<net::connector> connector;
    aloft::pool::pool pool;
    pending_list pending;
    bool closed = false;

    /// Requests between start and end.
    call_list live;
    boost::intrusive::list<close_listener, boost::intrusive::constant_time_size<false>>
        close_listeners;
};

inline observer* call::watching() const noexcept
{
    return core_->options.observer();
}

} // namespace aloft::detail
