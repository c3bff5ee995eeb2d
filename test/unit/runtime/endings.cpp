#include "support/catch.hpp"
#include "unit/runtime/served_shards.hpp"

#include <aloft/client_handle.hpp>
#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace aloft;
using namespace aloft::test;

namespace {

error_code ending_of(std::future<whole_response>& answer)
{
    try {
        answer.get();
        return {};
    } catch (const boost::system::system_error& why) {
        return why.code();
    }
}

} // namespace

TEST_CASE("closing lets what was started end, and then the shards end")
{
    served_shards world(2, milliseconds(50), milliseconds(500));
    auto& threads = world.threads;
    const client_handle handle(world.clients);
    auto first = handle.async_fetch(question(), asio::use_future);
    auto second = handle.async_fetch(question(), asio::use_future);
    world.wait_until_sent();
    threads.close(for_ever);
    threads.join();
    CHECK(first.get().ok());
    CHECK(second.get().ok());
    auto late = handle.async_fetch(question(), asio::use_future);
    CHECK(ending_of(late) == errc::client_closed);
}

TEST_CASE("closing cuts what takes longer than it may")
{
    served_shards world(2, for_ever);
    auto& threads = world.threads;
    const client_handle handle(world.clients);
    auto first = handle.async_fetch(question(), asio::use_future);
    auto second = handle.async_fetch(question(), asio::use_future);
    world.wait_until_sent();
    threads.close(time_limit::off());
    SECTION("by a second call")
    {
        threads.close(milliseconds(10));
    }
    SECTION("by stop()")
    {
        threads.stop();
    }
    threads.join();
    CHECK(ending_of(first) == errc::client_closed);
    CHECK(ending_of(second) == errc::client_closed);
}

TEST_CASE("closing waits for coroutines, and for what has a close() of its own")
{
    struct closable {
        std::atomic<int>* told;
        void close(time_limit limit) const { *told += limit.duration() == for_ever ? 1 : 100; }
    };
    std::atomic<int> told = 0;
    std::atomic<int> ended = 0;
    runtime threads(runtime_options().shards(2));
    sharded<closable> objects(
        threads, [&](const asio::any_io_executor&, std::size_t) { return closable{&told}; });
    std::vector<asio::steady_timer> held;
    for (std::size_t i = 0; i != 2; ++i)
        held.emplace_back(threads.executor(i), asio::steady_timer::time_point::max());
    const auto wait = [&](std::size_t shard) -> asio::awaitable<void> {
        co_await held[shard].async_wait(asio::as_tuple(asio::use_awaitable));
        ++ended;
    };
    for (std::size_t i = 0; i != 2; ++i)
        asio::co_spawn(threads.executor(i), wait(i), asio::use_future);
    threads.close(for_ever);
    for (std::size_t i = 0; i != 2; ++i) // behind the closing
        asio::post(threads.executor(i),
                   [&, i] { held[i].expires_at(asio::steady_timer::time_point::min()); });
    threads.join();
    CHECK(told == 2);
    CHECK(ended == 2);
}

TEST_CASE("a shard may close its runtime")
{
    runtime threads(runtime_options().shards(2));
    asio::post(threads.executor(1), [&] { threads.close(for_ever); });
    threads.join();
    threads.join();
}

TEST_CASE("who asks again while a shard ends is told that it is closed")
{
    served_shards world(2, for_ever);
    auto& clients = world.clients;
    error_code first;
    error_code second;
    const auto ask_twice = [&]() -> asio::awaitable<void> {
        for (auto* ec : {&first, &second}) {
            try {
                co_await clients.local().fetch(question());
            } catch (const boost::system::system_error& why) {
                *ec = why.code();
            }
        }
    };
    auto ended = world.threads.async_run_on(0, ask_twice, asio::use_future);
    world.on_each([](client& of) { return of.counts().in_flight; });
    world.threads.stop();
    world.threads.join();
    ended.get();
    CHECK(first == errc::client_closed);
    CHECK(second == errc::client_closed);
}

TEST_CASE("an exception that leaves a handler stops all shards, and join() throws it")
{
    served_shards world(2, for_ever);
    auto& threads = world.threads;
    const client_handle handle(world.clients);
    auto first = handle.async_fetch(question(), asio::use_future);
    auto second = handle.async_fetch(question(), asio::use_future);
    SECTION("while it runs")
    {
        world.wait_until_sent();
    }
    SECTION("while it closes")
    {
        threads.close(for_ever);
    }
    asio::post(threads.executor(1), [] { throw std::runtime_error("a handler's own"); });
    CHECK_THROWS_WITH(threads.join(), "a handler's own");
    CHECK_THROWS_WITH(threads.join(), "a handler's own");
    CHECK(ending_of(first) == errc::client_closed);
    CHECK(ending_of(second) == errc::client_closed);
    CHECK_THROWS_AS(handle.fetch(question()), error);
}

TEST_CASE("handlers that post each other for ever hold up no end")
{
    struct repeater {
        runtime::executor_type where;
        void operator()() const { asio::post(where, *this); }
    };
    served_shards world(2, for_ever);
    auto& threads = world.threads;
    const client_handle handle(world.clients);
    auto answer = handle.async_fetch(question(), asio::use_future);
    for (std::size_t i = 0; i != 2; ++i)
        asio::post(threads.executor(i), repeater{threads.executor(i)});
    threads.close(milliseconds(5));
    threads.join();
    CHECK(ending_of(answer) == errc::client_closed);
}

TEST_CASE("what waits is destroyed with the runtime, and threads that block on it are let go")
{
    auto world = std::make_unique<served_shards>(2, for_ever);
    const client_handle handle(world->clients);
    error_code ended;
    std::thread blocked([&] {
        try {
            handle.fetch(question());
        } catch (const error& why) {
            ended = why.code();
        }
    });
    const auto parked = std::make_shared<int>();
    const auto park = [parked]() -> asio::awaitable<void> { co_await wait_for_ever(); };
    asio::co_spawn(world->threads.executor(0), park, asio::detached);
    world.reset();
    blocked.join();
    CHECK(ended == errc::client_closed);
    CHECK(parked.use_count() == 2);
}
