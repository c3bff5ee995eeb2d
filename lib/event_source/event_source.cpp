#include "event_source/source_state.hpp"

#include <aloft/event_source.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace aloft {

namespace asio = boost::asio;

namespace detail {

bool source_target::start(waiter& w, error_code&)
{
    return state_->wait(w);
}

void source_target::cancel(waiter&)
{
    state_->cancel_wait();
}

pending_list& source_target::pending() noexcept
{
    return state_->core().pending;
}

std::tuple<error_code, std::optional<source_event>> source_target::result(error_code ec)
{
    if (ec)
        return {ec, std::nullopt};
    return {ec, state_->take()};
}

namespace {

/// Waits, and leaves what came where it is.
class news_target : public source_target {
public:
    using source_target::source_target;
    static std::tuple<error_code> result(error_code ec) { return {ec}; }
};

failure cancelled_wait(error_code ec)
{
    failure why;
    why.code = ec;
    why.phase = phase::body;
    why.initiator = initiator::caller;
    why.processing = processing::maybe;
    return why;
}

} // namespace
} // namespace detail

event_source::event_source(client& over, std::string url, const event_source_options& options) :
    state_(std::make_unique<detail::source_state>(over.core(), std::move(url), options))
{
}

event_source::~event_source() = default;
event_source::event_source(event_source&&) noexcept = default;
event_source& event_source::operator=(event_source&&) noexcept = default;

event_source::executor_type event_source::get_executor() const
{
    return state_->core().executor;
}

asio::awaitable<std::optional<source_event>> event_source::next()
{
    const auto [ec] = co_await detail::async_wait<void(error_code)>(
        detail::news_target(state_.get()), asio::as_tuple(asio::deferred));
    if (ec)
        throw error(detail::cancelled_wait(ec));
    // Cancelled after the event came: it is left for the next call.
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
        throw error(detail::cancelled_wait(asio::error::operation_aborted));
    co_return state_->take();
}

void event_source::close()
{
    state_->close();
}

event_source::state event_source::ready_state() const noexcept
{
    return state_->ready_state();
}

const std::string& event_source::last_event_id() const noexcept
{
    return state_->last_event_id();
}

} // namespace aloft
