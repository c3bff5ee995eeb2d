#include "support/catch.hpp"
#include "unit/runtime/served_shards.hpp"

#include <aloft/client_handle.hpp>
#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace aloft;
using namespace aloft::test;

TEST_CASE("a thousand requests from four threads are each answered once")
{
    std::vector<std::atomic<int>> answers(1000);
    std::atomic<int> left = 1000;
    std::promise<void> all;
    served_shards world(2, milliseconds(1));
    const client_handle handle(world.clients);
    const auto ask_a_quarter = [&](std::size_t quarter) {
        for (std::size_t i = quarter; i < answers.size(); i += 4)
            handle.async_fetch(question(), [&, i](error_code ec, const whole_response& got) {
                if (!ec && got.ok() && got.body().find("chat.completion") != std::string::npos)
                    ++answers[i];
                if (--left == 0)
                    all.set_value();
            });
    };
    std::vector<std::thread> askers;
    for (std::size_t quarter = 0; quarter != 4; ++quarter)
        askers.emplace_back(ask_a_quarter, quarter);
    for (auto& asker : askers)
        asker.join();
    all.get_future().wait();
    for (const auto& count : answers)
        CHECK(count == 1);
    const auto shares = world.started();
    CHECK(shares[0] + shares[1] == 1000);
    CHECK(shares[0] > 100);
    CHECK(shares[1] > 100);
}

TEST_CASE("a request goes where the fewest are under way")
{
    served_shards world(3, for_ever);
    const client_handle handle(world.clients);
    std::vector<std::future<whole_response>> asked;
    for (int i = 0; i != 7; ++i)
        asked.push_back(handle.async_fetch(question(), asio::use_future));
    auto counts = world.in_flight();
    std::sort(counts.begin(), counts.end());
    CHECK(counts == std::vector<std::size_t>{2, 2, 3});
}

TEST_CASE("a completion reaches the handler on its own executor, and not within the call")
{
    served_shards world(2, milliseconds(0));
    const client_handle handle(world.clients);
    asio::io_context mine(1);
    std::optional<std::thread::id> where;
    const auto note = [&](error_code ec, const whole_response& got) {
        CHECK_FALSE(ec);
        CHECK(got.status() == 200);
        where = std::this_thread::get_id();
    };
    handle.async_fetch(question(), asio::bind_executor(mine, note));
    CHECK_FALSE(where);
    mine.run(); // which the call keeps at work
    CHECK(where == std::this_thread::get_id());
}

TEST_CASE("a coroutine elsewhere awaits what a shard does")
{
    served_shards world(2, milliseconds(0));
    const client_handle handle(world.clients);
    asio::io_context mine(1);
    const auto twice = [&]() -> asio::awaitable<unsigned> {
        const auto first = co_await handle.async_fetch(question(), asio::use_awaitable);
        failure why;
        const auto second = co_await handle.async_fetch(question(), why, asio::use_awaitable);
        co_return first.status() + second.status();
    };
    auto sum = asio::co_spawn(mine, twice, asio::use_future);
    mine.run();
    CHECK(sum.get() == 400);
}

TEST_CASE("a request is cancelled from another thread, and its place is free")
{
    served_shards world(2, for_ever);
    const client_handle handle(world.clients);
    failure why;
    asio::cancellation_signal signal;
    auto answer = handle.async_fetch(question(), why,
                                     asio::bind_cancellation_slot(signal.slot(), asio::use_future));
    SECTION("before it has begun") {}
    SECTION("while it is under way")
    {
        const auto counts = world.in_flight();
        CHECK(counts[0] + counts[1] == 1);
    }
    signal.emit(asio::cancellation_type::partial);
    CHECK_THROWS_AS(answer.get(), boost::system::system_error);
    CHECK(why.code == asio::error::operation_aborted);
    CHECK(world.in_flight() == std::vector<std::size_t>{0, 0});
    signal.emit(asio::cancellation_type::terminal); // it is over, and nothing comes of it
    CHECK(world.in_flight() == std::vector<std::size_t>{0, 0});
}

TEST_CASE("many are cancelled while they complete")
{
    served_shards world(2, milliseconds(1));
    const client_handle handle(world.clients);
    std::array<asio::cancellation_signal, 200> signals;
    std::vector<std::future<whole_response>> answers;
    for (auto& signal : signals)
        answers.push_back(handle.async_fetch(
            question(), asio::bind_cancellation_slot(signal.slot(), asio::use_future)));
    std::size_t ended = 0;
    for (std::size_t i = 0; i != signals.size(); ++i) {
        signals[i].emit(asio::cancellation_type::total);
        try {
            ended += answers[i].get().ok() ? 1 : 0;
        } catch (const boost::system::system_error& cancelled) {
            ended += cancelled.code() == asio::error::operation_aborted ? 1 : 0;
        }
    }
    CHECK(ended == signals.size());
}

TEST_CASE("code that knows no event loop waits for its answer")
{
    served_shards world(2, milliseconds(0));
    const client_handle handle(world.clients);
    CHECK(handle.fetch(question()).ok());
    try {
        handle.fetch(request("GET", "ftp://model/"));
        FAIL("it was sent");
    } catch (const error& wrong) {
        CHECK(wrong.code() == errc::invalid_url);
        CHECK(wrong.why().phase == phase::prepare);
    }
}

TEST_CASE("a call that blocks is refused on a shard's thread")
{
    served_shards world(2, milliseconds(0));
    const client_handle handle(world.clients);
    const auto block = [&] { handle.fetch(question()); };
    auto refused = world.threads.async_run_on(1, block, asio::use_future);
    CHECK_THROWS_WITH(refused.get(),
                      "aloft: client_handle::fetch() would block shard 1, on whose thread it is "
                      "called; use async_fetch(), or the client that sharded::local() gives");
    const auto wait = [&] { world.threads.join(); };
    CHECK_THROWS_AS(world.threads.async_run_on(1, wait, asio::use_future).get(), std::logic_error);
}

TEST_CASE("a shard calls the others by a handle")
{
    served_shards world(2, milliseconds(0));
    const client_handle handle(world.clients);
    const auto ask = [&]() -> asio::awaitable<unsigned> {
        unsigned sum = 0;
        for (int i = 0; i != 4; ++i)
            sum += (co_await handle.async_fetch(question(), asio::use_awaitable)).status();
        co_return sum;
    };
    CHECK(world.threads.async_run_on(0, ask, asio::use_future).get() == 800);
    CHECK(world.started() == std::vector<std::uint64_t>{2, 2});
}

TEST_CASE("a handle that outlives its clients, or their runtime, says that they are closed")
{
    auto world = std::make_unique<served_shards>(2, milliseconds(0));
    const client_handle handle(world->clients);
    CHECK(handle.fetch(question()).ok());
    world.reset();
    failure why;
    asio::io_context mine(1);
    error_code ended;
    const auto note = [&](error_code ec, const whole_response&) { ended = ec; };
    handle.async_fetch(question(), why, asio::bind_executor(mine, note));
    CHECK_FALSE(ended);
    mine.run();
    CHECK(ended == errc::client_closed);
    CHECK(why.code == errc::client_closed);
    CHECK_THROWS_AS(handle.fetch(question()), error);
}

TEST_CASE("whole completions come by a handle of model servers")
{
    runtime threads(runtime_options().shards(2));
    const auto make = [](const asio::any_io_executor& executor, std::size_t shard) {
        const autoglm::options whole("http://model/v1");
        return autoglm::client(model_in_memory::client_of(executor,
                                                          share_of(whole, shard, 2).http(),
                                                          answering(milliseconds(0))),
                               whole);
    };
    sharded<autoglm::client> clients(threads, make);
    const autoglm::client_handle handle(clients);
    autoglm::chat_request ask;
    ask.user("Open the settings");
    CHECK_FALSE(handle.complete(ask).content().empty());
    const auto await = [&]() -> asio::awaitable<void> {
        auto answer = co_await handle.async_complete(
            autoglm::chat_request().user(std::string(100, 'x')), asio::use_awaitable);
        CHECK_FALSE(answer.content().empty());
    };
    asio::io_context mine(1);
    auto awaited = asio::co_spawn(mine, await, asio::use_future);
    mine.run();
    awaited.get();
    try {
        handle.complete(autoglm::chat_request().model("unheard-of").user("Open the settings"));
        FAIL("it was answered");
    } catch (const autoglm::error& wrong) {
        CHECK(wrong.code() == errc::http_status);
        CHECK(wrong.why().server.status == 404);
    }
}
