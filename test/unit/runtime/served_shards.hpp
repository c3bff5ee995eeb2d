#pragma once

#include "support/model_in_memory.hpp"

#include <aloft/client_handle.hpp>
#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace aloft::test {

namespace asio = boost::asio;
using std::chrono::milliseconds;
inline constexpr milliseconds for_ever(3'600'000);

inline sim::options answering(milliseconds after, milliseconds idle_timeout = for_ever)
{
    return sim::options()
        .first_token(sim::distribution::constant(after))
        .token_gap(sim::distribution())
        .tokens(3)
        .idle_timeout(idle_timeout);
}

/// Ends by being cancelled, or with its event loop.
inline asio::awaitable<void> wait_for_ever()
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(asio::steady_timer::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
}

/// A client on each shard, and a model of its own for each in memory.
class served_shards {
public:
    /// \param idle  after which the models' timers rest, so that their event loop may end
    served_shards(std::size_t shards, milliseconds answers_after, milliseconds idle = for_ever) :
        threads(runtime_options().shards(shards)),
        clients(threads, [&](const asio::any_io_executor& executor, std::size_t shard) {
            const auto options =
                share_of(client_options().version(http_version::http2), shard, shards);
            return model_in_memory::client_of(executor, options, answering(answers_after, idle));
        })
    {
    }
    /// What `read` tells of the client of each shard.
    template <class Read>
    auto on_each(Read read)
    {
        std::vector<decltype(read(std::declval<client&>()))> found;
        for (std::size_t i = 0; i != threads.size(); ++i)
            found.push_back(
                threads.async_run_on(
                           i, [&] { return read(clients.local()); }, asio::use_future)
                    .get());
        return found;
    }
    std::vector<std::size_t> in_flight()
    {
        return on_each([](client& of) { return of.counts().in_flight; });
    }
    /// Until each shard has sent something.
    void wait_until_sent()
    {
        const auto streams = [](client& of) { return of.counts().streams; };
        for (bool all = false; !all;) {
            all = true;
            for (const auto count : on_each(streams))
                all = all && count != 0;
        }
    }
    std::vector<std::uint64_t> started()
    {
        return on_each([](client& of) { return of.metrics().started; });
    }

    runtime threads;
    sharded<client> clients;
};

inline request question()
{
    request made("POST", "http://model/v1/chat/completions");
    made.header("content-type", "application/json")
        .body(std::string(
            R"({"model":"autoglm-phone-9b","messages":[{"role":"user","content":"Go on"}]})"));
    return made;
}

} // namespace aloft::test
