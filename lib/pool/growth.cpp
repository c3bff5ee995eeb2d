#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
#include "pool/dial.hpp"
#include "pool/origin_pool.hpp"

#include <algorithm>
#include <utility>

namespace aloft::pool {

counts origin_pool::count() const
{
    counts now;
    now.waiting = waiting_;
    now.dials = dials_.size();
    now.streams_per_dial = streams_per_dial_;
    now.max_connections = env_.options.max_connections();
    now.max_dials = env_.options.max_dials();
    now.connections = usable_;
    for (const auto& c : connections_)
        now.coming += c->coming(env_.options.streams_per_connection());
    return now;
}

bool origin_pool::may_grow() const
{
    return !redial_.armed() && usable_ + dials_.size() < env_.options.max_connections();
}

void origin_pool::grow()
{
    if (waiting_ == 0 || !may_grow())
        return;
    for (auto wanted = dials_to_start(count()); wanted != 0; --wanted) {
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
    if (env_.options.version() != http_version::http1)
        key.alpn.emplace_back("h2");
    if (env_.options.version() != http_version::http2)
        key.alpn.emplace_back("http/1.1");
    return key;
}

void origin_pool::opened(std::unique_ptr<net::transport> transport)
{
    if (origin_.secure() && env_.options.version() == http_version::http2 &&
        transport->alpn() != "h2") {
        return dial_failed({errc::no_common_protocol, phase::tls, "ALPN did not choose h2"});
    }
    backoff_.succeeded();
    const bool http2 = origin_.secure() ? transport->alpn() == "h2"
                                        : env_.options.version() == http_version::http2;
    auto limits = env_.options.limits();
    limits.streams_before_settings = streams_before_settings_;
    std::unique_ptr<session> carried;
    if (http2)
        carried = std::make_unique<http2::client_session>(limits);
    else
        carried = http1::make_client_session(limits, env_.buffers);

    auto& c = *connections_.emplace_back(std::make_unique<pooled_connection>(*this));
    c.connection = std::make_shared<connection>(std::move(transport), std::move(carried),
                                                env_.timers, env_.space, c);
    ++usable_;
    if (auto* watching = env_.options.observer()) {
        const auto security = c.connection->security();
        watching->connected(origin_,
                            {c.connection->peer(), c.connection->carried().protocol(), security});
    }
    c.connection->start();
    c.slots_changed(*c.connection);
}

// A failed dial fails the waiters only when nothing else can serve them.
void origin_pool::dial_failed(dial_failure why)
{
    last_failure_ = std::move(why);
    if (auto* watching = env_.options.observer())
        watching->dial_failed(origin_, last_failure_.phase, last_failure_.code,
                              last_failure_.detail);
    env_.timers.arm(redial_, env_.timers.now() + backoff_.failed());
    if (usable_ != 0 || !dials_.empty())
        return serve();
    // Those who join while the others learn of it wait for the next dial.
    boost::intrusive::list<detail::waiter, boost::intrusive::constant_time_size<false>> failed;
    failed.swap(queue_);
    while (!failed.empty()) {
        --waiting_;
        failed.front().resume(last_failure_.code, detail::delivery::posted);
    }
}

// The next connection is expected to allow what this one does: it is neither shown more streams
// before its SETTINGS come, which a server would refuse, nor dialled in vain.
void origin_pool::learn(std::size_t peer_limit)
{
    const auto& options = env_.options;
    const auto limit = std::max<std::size_t>(peer_limit, 1);
    streams_before_settings_ = static_cast<std::uint32_t>(
        std::min<std::size_t>(limit, options.limits().streams_before_settings));
    streams_per_dial_ = std::min(limit, std::max<std::size_t>(options.streams_per_connection(), 1));
}

} // namespace aloft::pool
