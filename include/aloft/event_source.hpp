#pragma once

#include <aloft/client.hpp>
#include <aloft/failure.hpp>
#include <aloft/fields.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace aloft {

/// How an event source behaves. Setters chain.
class event_source_options {
public:
    /// A field of each request, in place of one of that name. Credentials are not sent on to
    /// another origin than the URL's, nor back from there (aloft::redirect_rules).
    event_source_options& header(std::string_view name, std::string_view value)
    {
        return headers_.set(name, value), *this;
    }
    /// Where to go on: sent as Last-Event-ID until the server names another.
    event_source_options& last_event_id(std::string id) { return id_ = std::move(id), *this; }
    /// Time before connecting again, until the server names another (`retry:`); doubled with each
    /// attempt in a row that fails, up to `longest`, with up to half of it taken off by chance.
    /// Never less than 100 ms nor more than a day, whoever named it. Default: 3 s, 60 s.
    event_source_options& retry(std::chrono::milliseconds first, std::chrono::milliseconds longest)
    {
        return retry_ = first, longest_retry_ = longest, *this;
    }
    /// Largest event, bytes. Default: 16 MiB.
    event_source_options& event_limit(std::size_t bytes) { return event_limit_ = bytes, *this; }
    /// Most time without a byte of the server before it is taken for lost and connected to again;
    /// by default there is no bound.
    event_source_options& gap(std::chrono::milliseconds limit) { return gap_ = limit, *this; }

    [[nodiscard]] const fields& headers() const noexcept { return headers_; }
    [[nodiscard]] const std::string& last_event_id() const noexcept { return id_; }
    [[nodiscard]] std::chrono::milliseconds retry() const noexcept { return retry_; }
    [[nodiscard]] std::chrono::milliseconds longest_retry() const noexcept
    {
        return longest_retry_;
    }
    [[nodiscard]] std::size_t event_limit() const noexcept { return event_limit_; }
    [[nodiscard]] std::optional<std::chrono::milliseconds> gap() const noexcept { return gap_; }

private:
    fields headers_;
    std::string id_;
    std::chrono::milliseconds retry_{3'000};
    std::chrono::milliseconds longest_retry_{60'000};
    std::size_t event_limit_ = std::size_t{16} << 20;
    std::optional<std::chrono::milliseconds> gap_;
};

/// What an event source tells.
class source_event {
public:
    enum class kind : std::uint8_t {
        open, ///< a stream began
        message, ///< an event of the server
        error, ///< a stream ended, or none could be had
    };

    kind what = kind::message;
    std::string type; ///< of a message: its `event` field, or "message"
    std::string data; ///< of a message
    std::string last_event_id; ///< of a message: its id, or that of an earlier one
    failure why; ///< of an error; boost::asio::error::eof where the server ended the stream
    bool fatal = false; ///< of an error: nothing follows; otherwise it will connect again
    std::chrono::milliseconds retry_in{0}; ///< of an error that is not fatal: when
};

namespace detail {
class source_state;

class source_target {
public:
    explicit source_target(source_state* state) : state_(state) {}
    bool start(waiter& w, error_code& ec);
    void cancel(waiter& w);
    [[nodiscard]] pending_list& pending() noexcept;
    std::tuple<error_code, std::optional<source_event>> result(error_code ec);

private:
    source_state* state_;
};
} // namespace detail

/// Server-sent events of one URL for as long as the server sends any, over as many connections as
/// that takes: the EventSource of WHATWG HTML, 9.2.
///
/// A stream that ends is asked for again, with the id of the last event. 204 ends it for good;
/// another status than 200 or another type than text/event-stream is fatal, and so are a URL,
/// header or certificate that will not do, an event over its limit, and the end of the client.
/// Redirects are followed for each request anew, twenty at the most, never in a circle, and from
/// https to http only where the client's redirect_rules say so. Two things are other than in a
/// browser: the last event's id holds over all connections, also where the next one names none;
/// and it connects with the first wait.
///
/// While it waits for a response or reads one it holds one of the client's `max_in_flight` permits.
/// Lives on the client's executor, where it is also destroyed, and is not thread-safe. May outlive
/// the client. Destroying it closes it; what waits then ends with operation_aborted.
class event_source {
public:
    using executor_type = boost::asio::any_io_executor;
    enum class state : std::uint8_t { connecting, open, closed };

    /// Does nothing yet. A URL that will not do is told by the first wait.
    event_source(client& over, std::string url,
                 const event_source_options& options = event_source_options());
    ~event_source();
    event_source(event_source&&) noexcept;
    event_source& operator=(event_source&&) noexcept;

    executor_type get_executor() const;

    /// Waits for what comes next; completes with `void(error_code, std::optional<source_event>)`,
    /// never inline. Nothing, without an error, means that it is closed: by 204, by close(), or
    /// after a fatal error was told. The only error is operation_aborted: cancelling (any type)
    /// ends the wait alone and loses nothing. One wait may be outstanding. What is not asked for
    /// stays with the server, held back by flow control, and a connection that was lost is not
    /// replaced before its error was taken.
    template <class CompletionToken>
    auto async_next(CompletionToken&& token)
    {
        return detail::async_wait<void(error_code, std::optional<source_event>)>(
            detail::source_target(state_.get()), std::forward<CompletionToken>(token));
    }
    /// The same for coroutines; throws aloft::error when cancelled.
    boost::asio::awaitable<std::optional<source_event>> next();

    /// Ends it: the stream is cancelled, a wait completes with nothing.
    void close();
    [[nodiscard]] state ready_state() const noexcept;
    /// Where to go on: the last id there was when the last event was taken.
    [[nodiscard]] const std::string& last_event_id() const noexcept;

private:
    std::unique_ptr<detail::source_state> state_;
};

} // namespace aloft
