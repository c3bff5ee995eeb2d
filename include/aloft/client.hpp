#pragma once

#include <aloft/client_options.hpp>
#include <aloft/deadlines.hpp>
#include <aloft/detail/async_wait.hpp>
#include <aloft/error.hpp>
#include <aloft/failure.hpp>
#include <aloft/limit_state.hpp>
#include <aloft/metrics.hpp>
#include <aloft/request.hpp>
#include <aloft/response.hpp>
#include <aloft/url.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace aloft {

namespace detail {
class client_core;

/// The waiting side of a request: until the head, or until the whole response.
class send_target {
public:
    send_target(call_handle call, bool whole, failure* why) :
        call_(std::move(call)), whole_(whole), why_(why)
    {
    }
    bool start(waiter& w, error_code& ec);
    void cancel(waiter& w);
    [[nodiscard]] pending_list& pending() noexcept;

protected:
    void explain(error_code ec) const;
    call_handle call_;

private:
    bool whole_;
    failure* why_;
};

class head_target : public send_target {
public:
    explicit head_target(call_handle call, failure* why) : send_target(std::move(call), false, why)
    {
    }
    std::tuple<error_code, response> result(error_code ec);
};

class whole_target : public send_target {
public:
    explicit whole_target(call_handle call, failure* why) : send_target(std::move(call), true, why)
    {
    }
    std::tuple<error_code, whole_response> result(error_code ec);
};

/// The waiting side of closing a client.
class close_target {
public:
    close_target(std::shared_ptr<client_core> core, time_limit limit) :
        core_(std::move(core)), limit_(limit)
    {
    }
    bool start(waiter& w, error_code& ec);
    void cancel(waiter& w) noexcept { w.unlink(); }
    [[nodiscard]] pending_list& pending() noexcept;
    std::tuple<error_code> result(error_code ec) { return {ec}; }

private:
    std::shared_ptr<client_core> core_;
    time_limit limit_;
};

} // namespace detail

/// Sends requests over pools of connections, thousands at once, from one executor whose handlers
/// never run side by side (a one-thread io_context, or a strand). No more thread-safe than a
/// socket. Destroying it ends every request with errc::client_closed; responses that are still held
/// stay readable as far as they came.
class client {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Opens no connection. Throws boost::system::system_error when a file of the TLS options
    /// cannot be read.
    explicit client(executor_type executor, client_options options = client_options());
    /// For tests and floors above: a client over a core made elsewhere.
    explicit client(std::shared_ptr<detail::client_core> core) noexcept;
    ~client();
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;

    executor_type get_executor() const;

    /// Sends; completes with `void(error_code, response)` when the response head has arrived, never
    /// inline. An error status is no error here. Errors: those of errc but the last group, and
    /// those of the system; `why`, if given, tells more, and must live until completion. Cancelling
    /// (any type) ends the request: nothing is sent, or the stream is reset, and its place is free.
    template <class CompletionToken>
    auto async_send(request what, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, response)>(
            detail::head_target(prepare(std::move(what)), nullptr),
            std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_send(request what, failure& why, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, response)>(
            detail::head_target(prepare(std::move(what)), &why),
            std::forward<CompletionToken>(token));
    }

    /// Sends and gathers the body, up to the body limit; completes with `void(error_code,
    /// whole_response)`. Otherwise as async_send().
    template <class CompletionToken>
    auto async_fetch(request what, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, whole_response)>(
            detail::whole_target(prepare(std::move(what)), nullptr),
            std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_fetch(request what, failure& why, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, whole_response)>(
            detail::whole_target(prepare(std::move(what)), &why),
            std::forward<CompletionToken>(token));
    }

    /// The same for coroutines; these throw aloft::error.
    boost::asio::awaitable<response> send(request what);
    boost::asio::awaitable<whole_response> fetch(request what);
    boost::asio::awaitable<whole_response> get(std::string url);
    boost::asio::awaitable<whole_response> post(std::string url, std::string body,
                                                std::string content_type = "application/json");

    /// Opens connections to the origin of `url` ahead of the first request: as many as
    /// client_options::min_connections() says, and one at the least. A connection that cannot be
    /// opened is told to the observer; the next request tries again.
    void warm_up(const url& where);

    /// Closes in peace: new requests fail with errc::client_closed, those started may end, those
    /// queued among them, and then connections are closed as their protocol has it. What is not
    /// over within `limit` fails with errc::client_closed. Completes with `void(error_code)`: none,
    /// errc::close_timeout where requests were cut, errc::client_closed where the client was
    /// destroyed meanwhile. A response counts as over when its body was read to the end or given
    /// up. Cancelling (any type) ends the wait, not the closing. A second call shortens the time at
    /// the most.
    template <class CompletionToken>
    auto async_close(time_limit limit, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code)>(detail::close_target(core_, limit),
                                                    std::forward<CompletionToken>(token));
    }
    /// The same for coroutines; throws boost::system::system_error.
    boost::asio::awaitable<void> close(time_limit limit);

    /// Changes how many requests may be in flight; takes effect at once.
    void max_in_flight(std::size_t requests);
    [[nodiscard]] client_counts counts() const;
    /// How the limits of an origin stand; all zero and empty where it has none
    /// (client_options::rates, adaptive), or was never asked.
    [[nodiscard]] limit_state limits(const url& of) const;
    /// All that was done so far and is being done, a snapshot of 41 KiB; prometheus_text() writes
    /// it out. Keeping it costs a request some additions, and an event nothing.
    [[nodiscard]] client_metrics metrics() const;

    /// For floors above.
    [[nodiscard]] const std::shared_ptr<detail::client_core>& core() const noexcept
    {
        return core_;
    }

private:
    detail::call_handle prepare(request&& what);

    std::shared_ptr<detail::client_core> core_;
};

} // namespace aloft
