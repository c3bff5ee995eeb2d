#include "client/client_core.hpp"

#include <aloft/body.hpp>
#include <aloft/response.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstring>

namespace aloft {

namespace asio = boost::asio;

namespace detail {

void call_release::operator()(call* released) const noexcept
{
    // One that is over touches nothing that belongs to the loop, unless unread bytes must go back
    // to its buffers.
    if (released->over() && !released->holds_bytes()) {
        delete released;
        return;
    }
    asio::dispatch(released->core().executor, [held = std::unique_ptr<call>(released)] {});
}

} // namespace detail

body::executor_type body::get_executor() const
{
    return call_->core().executor;
}

std::string_view body::readable() const noexcept
{
    if (!call_)
        return {};
    auto& unread = call_->unread();
    unread.lend();
    return unread.readable();
}

void body::consume(std::size_t count)
{
    call_->consume(count);
}

bool body::ended() const noexcept
{
    return call_->body_ended();
}

const fields* body::trailers() const noexcept
{
    return call_->carried().trailers.get();
}

void body::cancel()
{
    if (call_)
        call_->cancel();
}

const failure* body::why() const noexcept
{
    return call_ ? call_->why() : nullptr;
}

asio::awaitable<std::string_view> body::next()
{
    if (handed_out_ != 0)
        consume(std::exchange(handed_out_, 0));
    if (readable().empty() && !ended()) {
        auto [ec] = co_await async_wait(asio::as_tuple(asio::deferred));
        if (ec)
            throw error(call_->explained(ec));
        // Cancelled after the bytes came: they are left for the next call.
        if ((co_await asio::this_coro::cancellation_state).cancelled() !=
            asio::cancellation_type::none)
            throw error(call_->explained(asio::error::operation_aborted));
    }
    handed_out_ = readable().size();
    co_return readable();
}

asio::awaitable<std::string> body::collect()
{
    if (handed_out_ != 0)
        consume(std::exchange(handed_out_, 0));
    auto [ec, text] = co_await async_collect(asio::as_tuple(asio::deferred));
    if (ec)
        throw error(call_->explained(ec));
    co_return std::move(text);
}

bool body::wait_target::start(detail::waiter& w, error_code& ec)
{
    return call->wait_data(w, ec);
}

void body::wait_target::cancel(detail::waiter& w)
{
    call->cancel_wait(w);
}

detail::pending_list& body::wait_target::pending() noexcept
{
    return call->pending();
}

std::tuple<error_code> body::wait_target::result(error_code ec)
{
    return {ec ? ec : call->body_error()};
}

std::tuple<error_code, std::size_t> body::read_target::result(error_code ec)
{
    if (!ec)
        ec = call->body_error();
    if (ec)
        return {ec, 0};
    const auto arrived = call->unread().readable();
    if (arrived.empty())
        return {asio::error::eof, 0};
    const auto count = std::min(arrived.size(), into.size());
    std::memcpy(into.data(), arrived.data(), count);
    call->consume(count);
    return {error_code(), count};
}

bool body::collect_target::start(detail::waiter& w, error_code& ec)
{
    return call->collect(w, ec);
}

void body::collect_target::cancel(detail::waiter& w)
{
    call->cancel_collect(w);
}

detail::pending_list& body::collect_target::pending() noexcept
{
    return call->pending();
}

std::tuple<error_code, std::string> body::collect_target::result(error_code ec)
{
    if (ec)
        return {ec, std::string()};
    return {ec, call->take_collected()};
}

unsigned response::status() const noexcept
{
    return body_.underlying()->carried().status;
}

const fields& response::headers() const noexcept
{
    return body_.underlying()->carried().head;
}

std::string_view response::protocol() const noexcept
{
    return body_.underlying()->protocol();
}

const url* response::redirected() const noexcept
{
    return body_.underlying()->redirected();
}

unsigned response::attempts() const noexcept
{
    return body_.underlying()->attempts();
}

} // namespace aloft
