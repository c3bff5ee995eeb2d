#pragma once

#include <aloft/action.hpp>
#include <aloft/api_error.hpp>
#include <aloft/body.hpp>
#include <aloft/chat_completion.hpp>
#include <aloft/chat_delta.hpp>
#include <aloft/detail/async_wait.hpp>
#include <aloft/failure.hpp>
#include <aloft/fields.hpp>
#include <aloft/thinking.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace aloft::autoglm {

/// Everything known about a call that failed, and what the server said about it.
class failure : public aloft::failure {
public:
    /// Filled in where the server answered with an error, as a status or inside the stream; else
    /// empty.
    chat::api_error server;
};

/// Thrown by the awaitable spellings.
class error : public aloft::error {
public:
    explicit error(failure why) : aloft::error(why), why_(std::move(why)) {}
    [[nodiscard]] const failure& why() const noexcept { return why_; }

private:
    failure why_;
};

namespace detail {
class reply_state;

/// Waits until a delta is there, or the stream is over.
class next_target {
public:
    explicit next_target(reply_state* state) : state_(state) {}
    bool start(aloft::detail::waiter& w, error_code& ec);
    void cancel(aloft::detail::waiter& w);
    [[nodiscard]] aloft::detail::pending_list& pending() noexcept;
    std::tuple<error_code> result(error_code ec) { return {ec}; }

protected:
    reply_state* state_;
};

class owned_target : public next_target {
public:
    using next_target::next_target;
    std::tuple<error_code, std::optional<chat::owned_delta>> result(error_code ec);
};
} // namespace detail

/// A streamed answer, read delta by delta. Move-only; destroying it before the end cancels the
/// stream on the wire, and the server stops generating. It keeps what it read, so that the whole
/// completion is there at the end.
class reply {
public:
    using executor_type = boost::asio::any_io_executor;

    reply() noexcept;
    explicit reply(std::unique_ptr<detail::reply_state> state) noexcept;
    ~reply();
    reply(reply&&) noexcept;
    reply& operator=(reply&&) noexcept;

    executor_type get_executor() const;

    /// The next delta; null at the end of a complete stream. Borrows until the next call. Throws
    /// autoglm::error: errc::stream_error (failure::server tells what the server said),
    /// errc::truncated_stream when the stream ended with neither `[DONE]` nor a finish reason,
    /// errc::invalid_event, errc::event_too_large, and what a body may end with.
    /// Cancelling it ends only the wait and loses nothing.
    boost::asio::awaitable<const chat::delta*> next();
    /// What has arrived already, without suspending; null when nothing has, or at the end. Borrows
    /// until the next call.
    const chat::delta* try_next();
    /// True when the stream is over; error() then says how.
    [[nodiscard]] bool over() const noexcept;
    /// The error with which the stream ended, if it did.
    [[nodiscard]] error_code error() const noexcept;
    /// All that is known about error().
    [[nodiscard]] failure why() const;

    /// As next(), for any completion token; completes with `void(error_code,
    /// std::optional<chat::owned_delta>)`, never inline. No delta and no error is the end of a
    /// complete stream.
    template <class CompletionToken>
    auto async_next(CompletionToken&& token)
    {
        return aloft::detail::async_wait<void(error_code, std::optional<chat::owned_delta>)>(
            detail::owned_target(state_.get()), std::forward<CompletionToken>(token));
    }
    /// Completes with `void(error_code)` when try_next() has something to say.
    template <class CompletionToken>
    auto async_wait(CompletionToken&& token)
    {
        return aloft::detail::async_wait<void(error_code)>(detail::next_target(state_.get()),
                                                           std::forward<CompletionToken>(token));
    }

    /// Cancels the stream on the wire; what waits ends with operation_aborted.
    void cancel();

    /// What was read so far, put together.
    [[nodiscard]] const chat::completion& completion() const noexcept;
    /// The text of the first choice so far.
    [[nodiscard]] std::string_view text() const noexcept;
    /// The text so far, taken apart into thinking and action text.
    [[nodiscard]] reply_parts parts() const { return split_reply(text()); }
    /// The action at the end of the text, or why it is none; the one that the stream was ended at,
    /// if it was.
    [[nodiscard]] parsed_action action() const;
    /// True when the stream was over because its action was complete (options::stop_at_action). It
    /// then has no finish reason and no usage.
    [[nodiscard]] bool stopped_at_action() const noexcept;
    [[nodiscard]] const fields& headers() const noexcept;
    /// How often the request was sent.
    [[nodiscard]] unsigned attempts() const noexcept;

    /// When the request was handed to a connection, the last time if it was sent again.
    [[nodiscard]] std::chrono::steady_clock::time_point sent_at() const noexcept;
    /// When the last bytes of the response were read from the network, the head's among them. For
    /// a reader that takes all there is before it waits, that is when the delta in its hands
    /// arrived, however long others were busy with what came in the same read.
    [[nodiscard]] std::chrono::steady_clock::time_point arrived_at() const noexcept;

private:
    static failure cancelled_wait(error_code ec);

    std::unique_ptr<detail::reply_state> state_;
};

} // namespace aloft::autoglm
