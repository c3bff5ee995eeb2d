#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
#include "pool/dial.hpp"
#include "pool/origin_pool.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace aloft::pool {

counts origin_pool::count() const
{
    counts now;
    now.waiting = waiting_;
    now.dials = dials_.size();
    now.aged = aged_;
    now.streams_per_dial = streams_per_dial_;
    now.max_connections = env_.options.max_connections();
    now.max_dials = env_.options.max_dials();
    now.connections = usable_ - doubted_;
    for (const auto& c : connections_)
        now.coming += c->coming(env_.options.streams_per_connection());
    return now;
}

bool origin_pool::may_grow() const
{
    return !redial_.armed() &&
           usable_ - doubted_ - aged_ + dials_.size() < env_.options.max_connections();
}

void origin_pool::grow()
{
    if ((waiting_ != 0 || aged_ != 0) && may_grow())
        start_dials(dials_to_start(count()));
}

void origin_pool::warm_up(std::size_t least)
{
    if (!may_grow())
        return;
    auto now = count();
    now.min_connections = std::max(least, env_.options.min_connections());
    start_dials(dials_to_start(now));
}

void origin_pool::start_dials(std::size_t wanted)
{
    for (; wanted != 0; --wanted) {
        if (auto* watching = env_.options.observer())
            watching->dialing(origin_);
        dials_.push_back(std::make_unique<dial>(*this));
        dials_.back()->start(endpoint());
    }
}

net::endpoint_key origin_pool::endpoint() const
{
    net::endpoint_key key{origin_.host(), origin_.port(), origin_.secure()};
    key.unix_path = env_.options.unix_socket();
    if (!key.tls)
        return key;
    if (env_.options.version() != http_version::http1 && !http1_required_)
        key.alpn.emplace_back("h2");
    if (env_.options.version() != http_version::http2)
        key.alpn.emplace_back("http/1.1");
    return key;
}

bool origin_pool::multiplexed(const net::transport& stream) const
{
    return origin_.secure() ? stream.alpn() == "h2" : env_.options.version() == http_version::http2;
}

void origin_pool::opened(std::unique_ptr<net::transport> transport)
{
    const bool http2 = multiplexed(*transport);
    if (!http2 && env_.options.version() == http_version::http2)
        return dial_failed({errc::no_common_protocol, phase::tls, "ALPN did not choose h2"});
    if (http2 && http1_required_)
        return grow(); // offered before the server said that it wants HTTP/1.1
    auto limits = env_.options.limits();
    limits.streams_before_settings = streams_before_settings_;
    std::unique_ptr<session> carried;
    if (http2)
        carried = std::make_unique<http2::client_session>(limits);
    else
        carried = http1::make_client_session(limits, env_.buffers);

    auto& c = *connections_.emplace_back(std::make_unique<pooled_connection>(*this, http2));
    c.connection = std::make_shared<connection>(std::move(transport), std::move(carried),
                                                env_.timers, env_.space, c);
    ++usable_;
    ++env_.metrics.opened;
    c.connection->watch(watch_limits(http2));
    watch_age(c);
    relieve_aged();
    if (auto* watching = env_.options.observer()) {
        const auto security = c.connection->security();
        watching->connected(origin_,
                            {c.connection->peer(), c.connection->carried().protocol(), security});
    }
    c.connection->start();
    c.slots_changed(*c.connection);
}

// Up to a tenth more or less, so that connections that fall silent together do not ask together.
// HTTP/1.1 has no PING.
liveness_limits origin_pool::watch_limits(bool http2) const
{
    const auto ticks = [](time_limit limit) {
        return limit.limited() ? static_cast<tick>(limit.duration().count())
                               : liveness_limits::never;
    };
    const auto& options = env_.options;
    liveness_limits limits;
    limits.write_stall = ticks(options.write_stall());
    if (http2 && options.ping_after().limited()) {
        limits.quiet = ticks(options.ping_after());
        const auto tenth = limits.quiet / 10;
        limits.quiet += std::uniform_int_distribution<tick>(0, 2 * tenth)(env_.random) - tenth;
        limits.answer = ticks(options.ping_timeout());
    }
    return limits;
}

dial_failure origin_pool::reached() const
{
    return dials_.empty() ? last_failure_ : dials_.front()->reached(); // or it is about to redial
}

void origin_pool::dial_failed(dial_failure why)
{
    last_failure_ = std::move(why);
    ++env_.metrics.dials_failed;
    if (auto* watching = env_.options.observer())
        watching->dial_failed(origin_, last_failure_.phase, last_failure_.code,
                              last_failure_.detail);
    hold_off();
    if (dials_.empty())
        fail_waiters(last_failure_.code);
    serve();
}

// No dial for a while.
void origin_pool::hold_off()
{
    env_.timers.arm(redial_, env_.timers.now() + backoff_.failed());
}

// The next connection is expected to allow what this one does: it is neither shown more streams
// before its SETTINGS come, which a server would refuse, nor dialled in vain.
void origin_pool::learn(pooled_connection& c)
{
    const auto told = c.connection->carried().peer_limit();
    if (!told || c.peer_limit == told)
        return;
    const bool first = !std::exchange(c.peer_limit, told);
    if (*told == 0) {
        if (first) { // more connections do not help a server that takes nothing
            streams_before_settings_ = 0;
            hold_off();
        }
        return;
    }
    backoff_.succeeded();
    streams_per_dial_ =
        std::min(*told, std::max<std::size_t>(env_.options.streams_per_connection(), 1));
    if (c.multiplexed)
        streams_before_settings_ = static_cast<std::uint32_t>(
            std::min<std::size_t>(*told, env_.options.limits().streams_before_settings));
}

// HTTP_1_1_REQUIRED: what asks from now on is served over HTTP/1.1, what is under way may end.
void origin_pool::require_http1()
{
    if (env_.options.version() == http_version::http2)
        return;
    http1_required_ = true;
    streams_per_dial_ = 1;
    for (auto& c : connections_) {
        if (!c->multiplexed || c->retired)
            continue;
        c->connection->drain();
        place(*c);
    }
}

} // namespace aloft::pool
