#include "pool/origin_pool.hpp"

#include "pool/dial.hpp"

#include <algorithm>
#include <utility>

namespace aloft::pool {
namespace {

// What a new connection is expected to carry before ALPN has told.
std::size_t expected_streams(const aloft::origin& origin, const client_options& options)
{
    const bool may_multiplex = options.version() == http_version::http2 ||
                               (options.version() == http_version::negotiated && origin.secure());
    return may_multiplex ? std::max<std::size_t>(options.streams_per_connection(), 1) : 1;
}

} // namespace

origin_pool::origin_pool(aloft::origin origin, const environment& env) :
    origin_(std::move(origin)),
    authority_(origin_.authority()),
    env_(env),
    streams_per_dial_(expected_streams(origin_, env.options)),
    streams_before_settings_(env.options.limits().streams_before_settings),
    backoff_(static_cast<std::uint32_t>(env.random())),
    retries_(env.options.retry_budget(), env.options.retry_throttle()),
    redial_([](timer_entry& entry) { static_cast<retry_timer&>(entry).owner->grow(); })
{
    redial_.owner = this;
}

origin_pool::~origin_pool()
{
    close();
}

void origin_pool::close()
{
    redial_.disarm();
    dials_.clear();
    for (auto& c : connections_) {
        c->connection->close(errc::client_closed);
        tell_ended(*c, errc::client_closed);
    }
    connections_.clear();
    usable_ = aged_ = doubted_ = 0;
}

void origin_pool::drain(drain_observer& who)
{
    drained_ = &who;
    redial_.disarm();
    dials_.clear();
    for (auto& c : connections_) {
        c->connection->drain();
        place(*c);
    }
}

void origin_pool::tell_ended(pooled_connection& c, error_code why)
{
    ++env_.metrics.ended;
    if (auto* watching = env_.options.observer())
        watching->disconnected(origin_,
                               {c.connection->peer(), c.connection->carried().protocol(), {}}, why);
}

void origin_pool::remove(pooled_connection& c)
{
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [&](const auto& held) { return held.get() == &c; });
    auto gone = std::move(*at);
    connections_.erase(at);
    if (!gone->retired)
        retire(*gone);
    if (drained_ != nullptr) {
        gone.reset(); // with its timers, so that nothing is armed any more
        return drained_->drained();
    }
    serve();
}

std::size_t origin_pool::reserved() const noexcept
{
    std::size_t total = 0;
    for (const auto& c : connections_)
        total += c->reserved;
    return total;
}

std::size_t origin_pool::streams() const noexcept
{
    std::size_t total = 0;
    for (const auto& c : connections_)
        total += c->connection->carried().active();
    return total;
}

std::size_t origin_pool::deferred_resets() const noexcept
{
    std::size_t total = 0;
    for (const auto& c : connections_)
        total += c->connection->carried().deferred_resets();
    return total;
}

} // namespace aloft::pool
