#pragma once

#include <aloft/autoglm.hpp>
#include <aloft/client.hpp>
#include <aloft/detail/client_call.hpp>
#include <aloft/failure.hpp>
#include <aloft/request.hpp>
#include <aloft/response.hpp>
#include <aloft/sharded.hpp>

#include <memory>
#include <utility>

namespace aloft {

/// Calls the clients of a sharded<client> from any thread. A value that is cheap to copy, and may
/// outlive the clients and their runtime: requests end with errc::client_closed then.
///
/// A request goes to the shard with the fewest under way that came by a handle, to several such in
/// turn. What has to stay on a shard, streams above all, is for coroutines there: sharded::local().
class client_handle {
public:
    explicit client_handle(const sharded<client>& clients) : clients_(clients.set()) {}

    /// As client::async_fetch(), from any thread: completes with `void(error_code, whole_response)`
    /// on the handler's associated executor, or on the shard where it has none (on the system's
    /// executor if that has ended), never inline. `why`, if given, must live until completion.
    /// Cancelling (any type), on the thread or strand that made the call, ends the request. A body
    /// source is pulled from on the shard.
    template <class CompletionToken>
    auto async_fetch(request what, CompletionToken&& token) const
    {
        return detail::async_call<void(error_code, whole_response)>(
            clients_, detail::fetch_call(std::move(what), nullptr),
            std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_fetch(request what, failure& why, CompletionToken&& token) const
    {
        return detail::async_call<void(error_code, whole_response)>(
            clients_, detail::fetch_call(std::move(what), &why),
            std::forward<CompletionToken>(token));
    }
    /// Blocks until the response is there; throws aloft::error. On the thread of a shard, which it
    /// would hold up, it throws std::logic_error.
    whole_response fetch(request what) const;

private:
    std::shared_ptr<detail::shard_set<client>> clients_;
};

namespace autoglm {

/// The same for a sharded<autoglm::client>.
class client_handle {
public:
    explicit client_handle(const sharded<client>& clients) : clients_(clients.set()) {}

    /// As client::async_complete(), from any thread: completes with `void(error_code,
    /// chat::completion)`, and otherwise as aloft::client_handle::async_fetch().
    template <class CompletionToken>
    auto async_complete(chat::request ask, CompletionToken&& token) const
    {
        return aloft::detail::async_call<void(error_code, chat::completion)>(
            clients_, aloft::detail::complete_call(std::move(ask), nullptr),
            std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_complete(chat::request ask, failure& why, CompletionToken&& token) const
    {
        return aloft::detail::async_call<void(error_code, chat::completion)>(
            clients_, aloft::detail::complete_call(std::move(ask), &why),
            std::forward<CompletionToken>(token));
    }
    /// Blocks until the completion is there; throws autoglm::error. On the thread of a shard, which
    /// it would hold up, it throws std::logic_error.
    chat::completion complete(chat::request ask) const;

private:
    std::shared_ptr<aloft::detail::shard_set<client>> clients_;
};

} // namespace autoglm
} // namespace aloft
