#include "autoglm/client_state.hpp"
#include "autoglm/reply_state.hpp"
#include "client/client_core.hpp"

#include <aloft/reply.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace aloft::autoglm {

namespace asio = boost::asio;

namespace detail {

bool next_target::start(aloft::detail::waiter& w, error_code& ec)
{
    if (state_->wait(w))
        return true;
    ec = {};
    return false;
}

void next_target::cancel(aloft::detail::waiter&)
{
    state_->cancel_wait();
}

aloft::detail::pending_list& next_target::pending() noexcept
{
    return state_->call().pending();
}

std::tuple<error_code, std::optional<chat::owned_delta>> owned_target::result(error_code ec)
{
    if (ec)
        return {ec, std::nullopt};
    if (const auto* delta = state_->try_next())
        return {error_code(), chat::owned_delta(*delta)};
    return {state_->error(), std::nullopt};
}

} // namespace detail

reply::reply() noexcept = default;
reply::reply(std::unique_ptr<detail::reply_state> state) noexcept : state_(std::move(state)) {}
reply::~reply() = default;
reply::reply(reply&&) noexcept = default;
reply& reply::operator=(reply&&) noexcept = default;

reply::executor_type reply::get_executor() const
{
    return state_->call().core().executor;
}

const chat::delta* reply::try_next()
{
    return state_->try_next();
}

asio::awaitable<const chat::delta*> reply::next()
{
    if (const auto* delta = state_->try_next())
        co_return delta;
    if (!state_->over()) {
        const auto [ec] = co_await async_wait(asio::as_tuple(asio::deferred));
        if (ec)
            throw autoglm::error(cancelled_wait(ec));
        // Cancelled after the delta came: it is left for the next call.
        if ((co_await asio::this_coro::cancellation_state).cancelled() !=
            asio::cancellation_type::none)
            throw autoglm::error(cancelled_wait(asio::error::operation_aborted));
        if (const auto* delta = state_->try_next())
            co_return delta;
    }
    if (state_->error())
        throw autoglm::error(why());
    co_return nullptr;
}

bool reply::over() const noexcept
{
    return state_->over();
}

error_code reply::error() const noexcept
{
    return state_->error();
}

failure reply::why() const
{
    return state_->why();
}

void reply::cancel()
{
    state_->cancel();
}

const chat::completion& reply::completion() const noexcept
{
    return state_->completion();
}

std::string_view reply::text() const noexcept
{
    return state_->text();
}

parsed_action reply::action() const
{
    const auto stopped_at = state_->stopped_at();
    return parse_action(stopped_at.empty() ? std::string_view(parts().action) : stopped_at);
}

bool reply::stopped_at_action() const noexcept
{
    return !state_->stopped_at().empty();
}

const fields& reply::headers() const noexcept
{
    return state_->call().carried().head;
}

std::chrono::steady_clock::time_point reply::sent_at() const noexcept
{
    return state_->call().carried().sent_at;
}

std::chrono::steady_clock::time_point reply::arrived_at() const noexcept
{
    return state_->call().carried().arrived_at;
}

unsigned reply::attempts() const noexcept
{
    return state_->call().attempts();
}

failure reply::cancelled_wait(error_code ec)
{
    failure known;
    known.code = ec;
    known.phase = phase::body;
    known.initiator = initiator::caller;
    known.processing = processing::partly_delivered;
    return known;
}

} // namespace aloft::autoglm
