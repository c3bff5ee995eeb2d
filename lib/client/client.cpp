#include "client/client_core.hpp"
#include "client/dialing.hpp"
#include "client/status_policy.hpp"
#include "connection/asio_timers.hpp"

#include <aloft/client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <utility>

namespace aloft {

namespace asio = boost::asio;

namespace detail {

bool send_target::start(waiter& w, error_code& ec)
{
    return call_->start(w, whole_, ec);
}

void send_target::cancel(waiter& w)
{
    call_->cancelled_by(w);
}

pending_list& send_target::pending() noexcept
{
    return call_->pending();
}

void send_target::explain(error_code ec) const
{
    if (why_ == nullptr)
        return;
    if (call_->why() != nullptr)
        *why_ = *call_->why();
    else
        why_->code = ec;
}

std::tuple<error_code, response> head_target::result(error_code ec)
{
    if (!ec)
        return {ec, response(std::move(call_))};
    explain(ec);
    return {ec, response()};
}

std::tuple<error_code, whole_response> whole_target::result(error_code ec)
{
    if (ec) {
        explain(ec);
        return {ec, whole_response()};
    }
    auto& e = call_->carried();
    return {ec, whole_response(e.status, std::move(e.head), call_->take_collected(),
                               e.trailers ? std::move(*e.trailers) : fields(), call_->attempts())};
}

bool close_target::start(waiter& w, error_code&)
{
    if (!core_->drain(limit_))
        return false;
    return core_->wait_drained(w);
}

pending_list& close_target::pending() noexcept
{
    return core_->pending;
}

} // namespace detail

namespace {

std::shared_ptr<detail::client_core> make_core(asio::any_io_executor executor,
                                               client_options options)
{
    auto timers = std::make_shared<asio_timers>(executor);
    auto connector = detail::make_connector(executor, options, timers);
    return std::make_shared<detail::client_core>(std::move(executor), std::move(options),
                                                 std::move(connector), std::move(timers));
}

} // namespace

client::client(executor_type executor, client_options options) :
    core_(make_core(std::move(executor), std::move(options)))
{
}

client::client(std::shared_ptr<detail::client_core> core) noexcept : core_(std::move(core)) {}

client::~client()
{
    if (core_)
        core_->close();
}

client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept
{
    std::swap(core_, other.core_);
    return *this;
}

client::executor_type client::get_executor() const
{
    return core_->executor;
}

detail::call_handle client::prepare(request&& what)
{
    const auto* rules = what.retries();
    if (rules == nullptr && core_->options.retries())
        rules = &*core_->options.retries();
    std::unique_ptr<attempt_policy> policy;
    if (rules != nullptr && rules->retries() != 0)
        policy = std::make_unique<detail::status_policy>();
    return core_->prepare(std::move(what), std::move(policy));
}

asio::awaitable<response> client::send(request what)
{
    failure why;
    auto [ec, got] = co_await async_send(std::move(what), why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

asio::awaitable<whole_response> client::fetch(request what)
{
    failure why;
    auto [ec, got] = co_await async_fetch(std::move(what), why, asio::as_tuple(asio::deferred));
    if (ec)
        throw error(std::move(why));
    co_return std::move(got);
}

asio::awaitable<whole_response> client::get(std::string url)
{
    return fetch(request("GET", url));
}

asio::awaitable<whole_response> client::post(std::string url, std::string body,
                                             std::string content_type)
{
    request what("POST", url);
    what.header("content-type", content_type).body(std::move(body));
    return fetch(std::move(what));
}

void client::warm_up(const url& where)
{
    if (core_->closed || core_->draining())
        return;
    core_->timers->update();
    core_->pool.at(where.origin()).warm_up(1);
}

asio::awaitable<void> client::close(time_limit limit)
{
    co_await async_close(limit, asio::use_awaitable);
}

void client::max_in_flight(std::size_t requests)
{
    core_->permits.resize(requests);
}

client_counts client::counts() const
{
    client_counts now;
    now.in_flight = core_->permits.held();
    now.queued = core_->permits.waiting();
    now.unread_memory = core_->buffers.bytes_in_use();
    for (const auto& [where, of] : core_->limits) {
        const auto state = of->state();
        now.queued += state.waiting - (of->asks() ? 1 : 0); // who asks waits at the permits, too
        now.concurrency += state.concurrency.value_or(0);
    }
    for (const auto& [where, pool] : core_->pool) {
        now.connections += pool->connections();
        now.dials += pool->dials();
        now.waiting += pool->waiting();
        now.streams += pool->streams();
        now.deferred_resets += pool->deferred_resets();
    }
    return now;
}

limit_state client::limits(const url& of) const
{
    core_->timers->update();
    const auto at = core_->limits.find(of.origin());
    return at == core_->limits.end() ? limit_state() : at->second->state();
}

client_metrics client::metrics() const
{
    auto seen = core_->metrics;
    const auto at = core_->timers->update();
    seen.at = std::chrono::milliseconds(at);
    for (auto* summed : {&seen.in_flight, &seen.queued, &seen.waiting})
        summed->settle(at);
    seen.now = counts();
    return seen;
}

} // namespace aloft
