#include "client/client_core.hpp"

#include <utility>

namespace aloft::detail {
namespace {

// One read takes in what the kernel holds of a busy connection; measured best from 64 KiB on, flat
// after 256.
// A stream costs a reader that is resumed some ten lines of memory that are not in the cache, for
// however many of its events a read brought: with 10,000 streams whose server sends as fast as it
// can, an event takes 0.44 us with 256 KiB, and 0.32 us with this.
constexpr std::size_t read_size = 1024 * 1024;

} // namespace

client_core::client_core(boost::asio::any_io_executor io, client_options with,
                         std::shared_ptr<net::connector> dialer,
                         std::shared_ptr<timer_service> clock) :
    executor(std::move(io)),
    options(std::move(with)),
    timers(std::move(clock)),
    space(read_size),
    permits(options.max_in_flight(), options.max_waiting()),
    connector(std::move(dialer)),
    random(std::random_device()()),
    pool(aloft::pool::environment{options, *timers, buffers, space, *connector, random,
                                  metrics.connections}),
    pending(executor)
{
}

client_core::~client_core() = default;

call_handle client_core::prepare(request&& what, std::unique_ptr<attempt_policy> policy)
{
    return call_handle(new call(shared_from_this(), std::move(what), std::move(policy)));
}

void client_core::close()
{
    closed = true;
    for (const auto& [where, of] : limits)
        of->close();
    permits.close(); // before permits come back, or each would start the next request
    while (!live.empty())
        live.front().close();
    while (!close_listeners.empty()) {
        auto& told = close_listeners.front();
        close_listeners.pop_front();
        told.client_closed();
    }
    pool.close();
    if (closing_)
        closing_->finish(errc::client_closed);
    timers->rest();
}

void client_core::begin_draining()
{
    closing_ = std::make_unique<closing>(*this);
    for (auto at = close_listeners.begin(); at != close_listeners.end();)
        (at++)->client_draining(); // which may leave the list
}

bool client_core::drain(time_limit limit)
{
    if (closed)
        return false;
    if (!closing_)
        begin_draining();
    closing_->start(limit);
    return true;
}

} // namespace aloft::detail
