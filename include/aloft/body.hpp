#pragma once

#include <aloft/detail/async_wait.hpp>
#include <aloft/error.hpp>
#include <aloft/failure.hpp>
#include <aloft/fields.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace aloft {

namespace detail {

class call;

/// Lets go of a call on its executor: directly when already there, posted otherwise.
struct call_release {
    void operator()(call* released) const noexcept;
};
using call_handle = std::unique_ptr<call, call_release>;

} // namespace detail

/// A response body that is pulled: what is not read stays with the server, held back by flow
/// control, and no other stream notices. Move-only. Destroying it before the end cancels the
/// stream. Not thread-safe; destroying it from another thread is allowed once no operation is
/// outstanding.
class body {
public:
    using executor_type = boost::asio::any_io_executor;

    body() = default;
    /// For aloft.
    explicit body(detail::call_handle call) noexcept : call_(std::move(call)) {}

    executor_type get_executor() const;

    /// The bytes that have arrived and were not consumed, with 64 readable bytes behind them. Valid
    /// until consume() or the next wait.
    [[nodiscard]] std::string_view readable() const noexcept;
    /// Drops `count` bytes from the front of readable() and gives the server credit for as many.
    void consume(std::size_t count);
    /// True when every byte was consumed and the server ended the body as it should.
    [[nodiscard]] bool ended() const noexcept;
    /// Fields behind the body, if there were any; known once ended().
    [[nodiscard]] const fields* trailers() const noexcept;

    /// Waits until readable() is not empty or the body is over. Completes with `void(error_code)`,
    /// never inline; no error with an empty readable() means the end. One wait may be outstanding.
    /// Ends with the error of the stream after all that arrived before it was consumed. Cancelling
    /// it (any type) ends only the wait and loses nothing.
    template <class CompletionToken>
    auto async_wait(CompletionToken&& token)
    {
        return detail::async_wait<void(error_code)>(wait_target{call_.get()},
                                                    std::forward<CompletionToken>(token));
    }

    /// Reads into `buffer`; completes with `void(error_code, std::size_t)`. The end is
    /// `boost::asio::error::eof`, so that a body is an AsyncReadStream. Cancelling loses nothing.
    template <class CompletionToken>
    auto async_read_some(boost::asio::mutable_buffer buffer, CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, std::size_t)>(
            read_target{{call_.get()}, buffer}, std::forward<CompletionToken>(token));
    }

    /// Gathers what is left. Completes with `void(error_code, std::string)`; errc::body_too_large
    /// when it exceeds the request's or the client's body limit, and then the stream is cancelled.
    /// Cancelling keeps what was gathered for the next call.
    template <class CompletionToken>
    auto async_collect(CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, std::string)>(
            collect_target{call_.get()}, std::forward<CompletionToken>(token));
    }

    /// The next bytes, empty at the end; they are consumed by the next call. Throws aloft::error.
    boost::asio::awaitable<std::string_view> next();
    /// All that is left. Throws aloft::error.
    boost::asio::awaitable<std::string> collect();

    /// Cancels the stream (RST_STREAM in HTTP/2; HTTP/1.1 closes the connection), frees its place
    /// at once, and ends what waits on it with operation_aborted. What has arrived stays readable.
    void cancel();
    /// Why the stream failed; null while it has not.
    [[nodiscard]] const failure* why() const noexcept;

    /// For readers built on aloft: the call underneath.
    [[nodiscard]] detail::call* underlying() const noexcept { return call_.get(); }

private:
    struct wait_target {
        detail::call* call;
        bool start(detail::waiter& w, error_code& ec);
        void cancel(detail::waiter& w);
        [[nodiscard]] detail::pending_list& pending() noexcept;
        std::tuple<error_code> result(error_code ec);
    };
    struct read_target : wait_target {
        boost::asio::mutable_buffer into;
        std::tuple<error_code, std::size_t> result(error_code ec);
    };
    struct collect_target {
        detail::call* call;
        bool start(detail::waiter& w, error_code& ec);
        void cancel(detail::waiter& w);
        [[nodiscard]] detail::pending_list& pending() noexcept;
        std::tuple<error_code, std::string> result(error_code ec);
    };

    detail::call_handle call_;
    std::size_t handed_out_ = 0; // by next(), consumed by the one after
};

} // namespace aloft
