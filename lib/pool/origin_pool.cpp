#include "pool/origin_pool.hpp"

#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
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
    backoff_(static_cast<std::uint32_t>(std::hash<aloft::origin>()(origin_))),
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
    for (auto& c : connections_)
        c->connection->close(errc::client_closed);
    connections_.clear();
    usable_ = 0;
}

// slots

pooled_connection* origin_pool::acquire(slot_waiter& w)
{
    if (queue_.empty()) {
        if (auto* c = pick())
            return reserve(*c);
    }
    queue_.push_back(w);
    ++waiting_;
    grow();
    return nullptr;
}

void origin_pool::cancel(slot_waiter& w) noexcept
{
    if (w.is_linked()) {
        w.unlink();
        --waiting_;
    }
}

void origin_pool::give_back(pooled_connection& c)
{
    --c.reserved;
    place(c);
    serve();
    watch_idle(c);
}

void origin_pool::closed(pooled_connection& c)
{
    --c.open;
    place(c);
}

void origin_pool::abandoned(pooled_connection& c)
{
    --c.open;
    place(c);
    serve();
    watch_idle(c);
    // A reset stream keeps its slot until the peer shows life. Where somebody waits for it, or
    // nothing else is under way that would make the peer speak, it is asked to.
    if (c.connection->carried().active() > c.open && (waiting_ != 0 || c.open == 0))
        c.connection->ping();
}

// The first with room below the target, so that streams gather on few connections and a read brings
// many events. Beyond the target only when no connection may be opened.
pooled_connection* origin_pool::pick()
{
    // What a read brought may not have been told yet, so the lists are only nearly right.
    while (!below_target_.empty()) {
        auto& c = below_target_.front();
        place(c);
        if (c.listed == pooled_connection::room::target)
            return &c;
    }
    while (!spare_.empty() && !may_grow() && dials_.empty()) {
        auto& c = spare_.front();
        place(c);
        if (c.listed == pooled_connection::room::target)
            return &c;
        if (c.listed == pooled_connection::room::none)
            continue;
        spare_.splice(spare_.end(), spare_, connection_list::s_iterator_to(c)); // in turn
        return &c;
    }
    return nullptr;
}

pooled_connection* origin_pool::reserve(pooled_connection& c)
{
    ++c.reserved;
    place(c);
    return &c;
}

// Hands slots to waiters, first in, first out. A waiter gets a slot of its own, never a hint to try
// again.
void origin_pool::serve()
{
    if (std::exchange(serving_, true))
        return; // one who was served gave its slot back at once: the loop below goes on
    while (!queue_.empty()) {
        auto* c = pick();
        if (c == nullptr)
            break;
        auto& w = static_cast<slot_waiter&>(queue_.front());
        w.granted = reserve(*c);
        --waiting_;
        w.resume({}, detail::delivery::posted);
    }
    serving_ = false;
    grow();
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

void origin_pool::place(pooled_connection& c)
{
    using room = pooled_connection::room;
    if (!c.retired && c.connection->draining())
        retire(c);
    const auto now = c.measure(env_.options.streams_per_connection());
    if (now == c.listed)
        return;
    if (c.is_linked())
        c.unlink();
    c.listed = now;
    if (now == room::target)
        below_target_.push_back(c);
    else if (now == room::spare)
        spare_.push_back(c);
}

void origin_pool::retire(pooled_connection& c)
{
    c.retired = true;
    if (--usable_ == 0)
        reaching_since_ = env_.timers.now();
}

void origin_pool::watch_idle(pooled_connection& c)
{
    if (!c.idle())
        return;
    const bool http1 = c.connection->carried().protocol() == "http/1.1";
    const auto limit = http1 ? env_.options.idle_http1() : env_.options.idle_http2();
    env_.timers.arm(c.idle_, env_.timers.now() + static_cast<tick>(limit.count()));
}

// growth

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

void origin_pool::remove(pooled_connection& c)
{
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [&](const auto& held) { return held.get() == &c; });
    const auto gone = std::move(*at);
    connections_.erase(at);
    if (!gone->retired)
        retire(*gone);
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

} // namespace aloft::pool
