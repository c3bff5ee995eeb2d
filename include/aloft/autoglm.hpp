#pragma once

#include <aloft/action.hpp>
#include <aloft/balancing_rules.hpp>
#include <aloft/chat_completion.hpp>
#include <aloft/chat_request.hpp>
#include <aloft/client.hpp>
#include <aloft/conversation.hpp>
#include <aloft/early_end_counts.hpp>
#include <aloft/error_table.hpp>
#include <aloft/health_check.hpp>
#include <aloft/hedge_rules.hpp>
#include <aloft/metrics.hpp>
#include <aloft/model_info.hpp>
#include <aloft/payload.hpp>
#include <aloft/reply.hpp>
#include <aloft/server_options.hpp>
#include <aloft/server_state.hpp>
#include <aloft/thinking.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace aloft::detail {
class hedged_call;
} // namespace aloft::detail

namespace aloft::autoglm {

/// Which model server a client talks to, and how. Setters chain.
class options {
public:
    /// \param base_url  what the paths are joined to: "http://localhost:8000/v1",
    /// "https://open.bigmodel.cn/api/paas/v4"
    explicit options(std::string base_url = "http://localhost:8000/v1") :
        base_url_(std::move(base_url))
    {
    }

    options& base_url(std::string url) { return base_url_ = std::move(url), *this; }
    /// Adds one of several servers that serve the same. Each attempt of a request goes to one of
    /// them: of two taken by chance to the one with less under way for its weight; one that fails
    /// is tried again at once at another, and servers that fail often are left alone for a while
    /// (balancing_rules). Where any is added, base_url() is not looked at. Of those who share
    /// options::http() limits hold for each server by itself, but for max_in_flight.
    options& server(std::string base_url, server_options with = server_options())
    {
        return servers_.emplace_back(std::move(base_url), std::move(with)), *this;
    }
    /// How requests are spread over several servers.
    options& balancing(const balancing_rules& rules) { return balancing_ = rules, *this; }
    /// Asks each of several servers whether it is well, beside the requests: one that is not is
    /// taken out before a request meets it, and one that was left alone comes back when it says so,
    /// without a request being risked. Off where it is not set, and where there is one server.
    options& health(health_check how) { return health_ = std::move(how), *this; }
    /// Sent as a bearer token; none is sent where it is empty.
    options& api_key(std::string key) { return api_key_ = std::move(key), *this; }
    /// Where chat completions are, behind the base URL; a query may follow, as Azure wants it.
    options& chat_path(std::string path) { return chat_path_ = std::move(path), *this; }
    /// What the codes of the server's errors mean, where it has some that are not known.
    options& errors(error_table known) { return errors_ = std::move(known), *this; }
    /// Sends a stream's request a second time when its first event is late, and takes the copy that
    /// is answered first; off where it is not set. For requests that the server may carry out
    /// twice, at the cost of both. A copy is sent only while nobody waits for a permit, and takes
    /// one of its own.
    options& hedging(const hedge_rules& rules) { return hedging_ = rules, *this; }
    /// Ends each stream once its first choice holds a whole action, `do(...)` or `finish(...)`
    /// outside of `<think>`: what the model would write behind it is neither waited for nor
    /// generated. The reply ends well, and reply::action() is that action. Off by default: where a
    /// model speaks of a call before it makes it, the first one counts.
    /// A stream is read to its end where it has said that it is over, where several choices come,
    /// and where quotes are not escaped, since the action's end cannot be told then.
    options& stop_at_action(bool on) { return stop_at_action_ = on, *this; }
    /// Largest event of a stream, bytes.
    options& event_limit(std::size_t bytes) { return event_limit_ = bytes, *this; }
    /// Limits, deadlines, TLS and everything else of the HTTP client below.
    options& http(client_options with) { return http_ = std::move(with), *this; }

    [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }
    using server_entries = std::vector<std::pair<std::string, server_options>>;
    [[nodiscard]] const server_entries& servers() const noexcept { return servers_; }
    [[nodiscard]] const balancing_rules& balancing() const noexcept { return balancing_; }
    [[nodiscard]] const std::optional<health_check>& health() const noexcept { return health_; }
    [[nodiscard]] const std::string& api_key() const noexcept { return api_key_; }
    [[nodiscard]] const std::string& chat_path() const noexcept { return chat_path_; }
    [[nodiscard]] const error_table& errors() const noexcept { return errors_; }
    [[nodiscard]] const std::optional<hedge_rules>& hedging() const noexcept { return hedging_; }
    [[nodiscard]] bool stop_at_action() const noexcept { return stop_at_action_; }
    [[nodiscard]] std::size_t event_limit() const noexcept { return event_limit_; }
    [[nodiscard]] const client_options& http() const noexcept { return http_; }

private:
    std::string base_url_;
    server_entries servers_;
    balancing_rules balancing_;
    std::optional<health_check> health_;
    std::string api_key_;
    std::string chat_path_ = "/chat/completions";
    error_table errors_;
    std::optional<hedge_rules> hedging_;
    bool stop_at_action_ = false;
    std::size_t event_limit_ = std::size_t{16} << 20;
    client_options http_;
};

namespace detail {
class client_state;

/// When a stream is ended before the server does.
struct early_end {
    bool at_action = false;
    std::uint64_t max_tokens = 0; // 0: not known
};

/// The waiting side of stream(): until the head says that events follow, or why not.
class stream_target {
public:
    stream_target(std::shared_ptr<client_state> state, aloft::detail::call_handle call,
                  failure* why, error_code invalid) :
        state_(std::move(state)), call_(std::move(call)), why_(why), invalid_(invalid)
    {
    }
    stream_target(std::shared_ptr<client_state> state,
                  std::shared_ptr<aloft::detail::hedged_call> race, failure* why) :
        state_(std::move(state)), race_(std::move(race)), why_(why)
    {
    }
    bool start(aloft::detail::waiter& w, error_code& ec);
    void cancel(aloft::detail::waiter& w);
    [[nodiscard]] aloft::detail::pending_list& pending() noexcept;
    std::tuple<error_code, reply> result(error_code ec);
    void end_early(const early_end& when) noexcept { ends_early_ = when; }

private:
    std::shared_ptr<client_state> state_;
    aloft::detail::call_handle call_;
    std::shared_ptr<aloft::detail::hedged_call> race_; // in place of call_ until it is decided
    failure* why_;
    error_code invalid_; // of the request, found before there was a call
    early_end ends_early_;
};

/// The waiting side of complete() and models().
template <class Result>
class whole_target {
public:
    whole_target(aloft::detail::call_handle call, failure* why, error_code invalid) :
        call_(std::move(call)), why_(why), invalid_(invalid)
    {
    }
    bool start(aloft::detail::waiter& w, error_code& ec);
    void cancel(aloft::detail::waiter& w);
    [[nodiscard]] aloft::detail::pending_list& pending() noexcept;
    std::tuple<error_code, Result> result(error_code ec);

private:
    aloft::detail::call_handle call_;
    failure* why_;
    error_code invalid_;
};

using completion_target = whole_target<chat::completion>;
using models_target = whole_target<std::vector<chat::model_info>>;
} // namespace detail

/// Calls a model server that speaks the OpenAI wire: vLLM, SGLang, llama.cpp, z.ai, and gateways
/// before them. Lives on one executor; not thread-safe. Any completion token will do; the awaitable
/// spellings throw autoglm::error.
///
/// Requests are tried again, as client_options::retries() or the defaults of retry_rules say, for
/// as long as nothing of an answer was delivered: connections that fail, clocks that run out,
/// statuses and errors inside a 200 that may pass. error_table tells which do. failure::attempts,
/// waited and stopped say what was tried.
class client {
public:
    using executor_type = boost::asio::any_io_executor;

    /// Opens no connection. Throws boost::system::system_error when a base URL, a server's weight
    /// or path, or the TLS options are not usable, or there are more than 64 servers.
    client(executor_type executor, options with);
    /// Over an HTTP client made elsewhere; options::http() is not looked at.
    client(aloft::client http, const options& with);
    ~client();
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;

    executor_type get_executor() const;

    /// Asks for a stream; completes with `void(error_code, reply)` when the first event is there;
    /// with retries off and one server, when the head of the response says that events follow.
    /// Errors beside those of aloft::client: errc::http_status (failure::server tells what the
    /// server said), errc::unexpected_content where something else than events came,
    /// errc::invalid_request where the request cannot be written as JSON. Cancelling ends the
    /// request. The request is written out before the call returns and need not be kept.
    template <class CompletionToken>
    auto async_stream(const chat::request& ask, CompletionToken&& token)
    {
        return initiate<reply>(prepare_stream(ask, nullptr), std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_stream(const chat::request& ask, failure& why, CompletionToken&& token)
    {
        return initiate<reply>(prepare_stream(ask, &why), std::forward<CompletionToken>(token));
    }
    /// The same for a body that is JSON already and asks for a stream itself.
    template <class CompletionToken>
    auto async_stream(payload json, CompletionToken&& token)
    {
        return initiate<reply>(prepare_stream(std::move(json), nullptr),
                               std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_stream(payload json, failure& why, CompletionToken&& token)
    {
        return initiate<reply>(prepare_stream(std::move(json), &why),
                               std::forward<CompletionToken>(token));
    }

    /// Asks for a whole completion without a stream; completes with `void(error_code,
    /// chat::completion)`.
    template <class CompletionToken>
    auto async_complete(const chat::request& ask, CompletionToken&& token)
    {
        return initiate<chat::completion>(prepare_complete(ask, nullptr),
                                          std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_complete(const chat::request& ask, failure& why, CompletionToken&& token)
    {
        return initiate<chat::completion>(prepare_complete(ask, &why),
                                          std::forward<CompletionToken>(token));
    }

    /// What models the server offers; completes with `void(error_code,
    /// std::vector<chat::model_info>)`.
    template <class CompletionToken>
    auto async_models(CompletionToken&& token)
    {
        return initiate<std::vector<chat::model_info>>(prepare_models(nullptr),
                                                       std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_models(failure& why, CompletionToken&& token)
    {
        return initiate<std::vector<chat::model_info>>(prepare_models(&why),
                                                       std::forward<CompletionToken>(token));
    }

    /// The same as coroutines. They begin when they are awaited, and the request they are given
    /// must live until then: await them where they are called, or use the forms above.
    boost::asio::awaitable<reply> stream(const chat::request& ask);
    boost::asio::awaitable<reply> stream(payload json);
    boost::asio::awaitable<chat::completion> complete(const chat::request& ask);
    boost::asio::awaitable<std::vector<chat::model_info>> models();

    /// Streams that were ended at their action so far.
    [[nodiscard]] early_end_counts early_ends() const noexcept;
    /// What hedging came to so far.
    [[nodiscard]] hedge_counts hedges() const noexcept;
    /// How each of several servers stands, in the order they were added; empty where there is one
    /// only.
    [[nodiscard]] std::vector<server_state> servers() const;
    /// What the client has done so far and is doing now: that of the HTTP client below, with the
    /// three above.
    [[nodiscard]] client_metrics metrics() const;
    /// The HTTP client below, for its counts and limits.
    [[nodiscard]] aloft::client& http() noexcept;

private:
    detail::stream_target prepare_stream(const chat::request& ask, failure* why);
    detail::stream_target prepare_stream(payload json, failure* why);
    detail::stream_target prepare_stream(payload json, const std::optional<retry_rules>& own,
                                         std::string_view session, failure* why);
    detail::completion_target prepare_complete(const chat::request& ask, failure* why);
    detail::models_target prepare_models(failure* why);

    template <class Result, class Target, class CompletionToken>
    auto initiate(Target target, CompletionToken&& token)
    {
        return aloft::detail::async_wait<void(error_code, Result)>(
            std::move(target), std::forward<CompletionToken>(token));
    }

    std::shared_ptr<detail::client_state> state_;
};

} // namespace aloft::autoglm
