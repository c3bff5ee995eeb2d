#include "support/catch.hpp"
#include "unit/concurrent/tasks.hpp"

#include <aloft/concurrent.hpp>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

using namespace aloft;
using namespace aloft::test;

TEST_CASE("when_all returns values in the order of its arguments, whoever ends first")
{
    task_world here;
    std::tuple<int, std::monostate, std::unique_ptr<int>> got;
    const auto made = [&]() -> asio::awaitable<std::unique_ptr<int>> {
        co_return std::make_unique<int>(3);
    };
    const auto body = [&]() -> asio::awaitable<void> {
        got = co_await when_all(here.value("a", 1), here.gate("b"), made());
    };
    here.start(body());
    CHECK(here.waiting == 2);
    here.pass("b");
    CHECK_FALSE(here.over);
    here.pass("a");
    REQUIRE(here.over);
    CHECK(here.thrown().empty());
    CHECK(std::get<0>(got) == 1);
    CHECK(*std::get<2>(got) == 3);
}

TEST_CASE("when_all of a vector returns a vector, of void nothing, and of nothing at once")
{
    task_world here;
    std::vector<int> got;
    const auto body = [&]() -> asio::awaitable<void> {
        std::vector<asio::awaitable<int>> numbers;
        numbers.push_back(here.value("a", 1));
        numbers.push_back(here.value("b", 2));
        got = co_await when_all(std::move(numbers));
        std::vector<asio::awaitable<void>> nothing;
        co_await when_all(std::move(nothing));
        std::vector<asio::awaitable<void>> gates;
        gates.push_back(here.gate("c"));
        co_await when_all(std::move(gates));
        co_await when_all();
    };
    here.start(body());
    here.pass("b");
    here.pass("a");
    CHECK(got == std::vector{1, 2});
    here.pass("c");
    CHECK(here.over);
    CHECK(here.thrown().empty());
}

TEST_CASE("the first failure cancels the others, and is thrown when all have ended")
{
    task_world here;
    const auto slow_to_give_up = [&]() -> asio::awaitable<void> {
        try {
            co_await here.gate("x");
        } catch (const boost::system::system_error&) {
            here.log += "(";
        }
        co_await asio::this_coro::reset_cancellation_state();
        co_await here.gate("y");
        here.log += ")";
        throw std::logic_error("a later one");
    };
    const auto body = [&]() -> asio::awaitable<void> {
        co_await when_all(here.gate("a"), here.fail("b", "the first"), slow_to_give_up());
    };
    here.start(body());
    here.pass("b");
    CHECK(here.log == "ba!x!(");
    CHECK_FALSE(here.over);
    here.pass("y");
    CHECK(here.over);
    CHECK(here.thrown() == "the first");
    CHECK(here.waiting == 0);
}

TEST_CASE("a task that fails before it ever waits keeps those behind it from starting")
{
    task_world here;
    const auto at_once = [&]() -> asio::awaitable<void> {
        throw std::runtime_error("at once");
        co_return;
    };
    const auto body = [&]() -> asio::awaitable<void> {
        co_await when_all(here.gate("a"), at_once(), here.gate("b"));
    };
    here.start(body());
    CHECK(here.over);
    CHECK(here.log == "a!");
    CHECK(here.thrown() == "at once");
}

TEST_CASE("cancelling who waits for all cancels them, and waits for them")
{
    task_world here;
    bool reached = false;
    const auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await when_all(here.gate("a"), when_all(here.gate("b"), here.gate("c")));
        reached = true;
    };
    const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                               asio::cancellation_type::total);
    here.start(body());
    here.cancel(type);
    CHECK(here.over);
    CHECK(here.thrown() == "aborted");
    CHECK(here.waiting == 0);
    CHECK_FALSE(reached);
}

TEST_CASE("who is cancelled still gets what its tasks brought to an end")
{
    task_world here;
    const auto stubborn = [&]() -> asio::awaitable<int> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_return co_await here.value("a", 7);
    };
    int got = 0;
    const auto body = [&]() -> asio::awaitable<void> {
        got = std::get<0>(co_await when_all(stubborn()));
        co_await here.gate("never"); // the cancellation is not forgotten
    };
    here.start(body());
    here.cancel();
    CHECK_FALSE(here.over);
    here.pass("a");
    CHECK(got == 7);
    CHECK(here.over);
    CHECK(here.thrown() == "aborted");
    CHECK(here.log == "a");
}

TEST_CASE("a task may cancel the one who waits for it")
{
    task_world here;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto cancels = [&]() -> asio::awaitable<void> {
            here.stop.emit(asio::cancellation_type::terminal);
            co_await here.gate("b");
        };
        co_await when_all(here.gate("a"), cancels());
    };
    here.start(body());
    CHECK(here.over);
    CHECK(here.thrown() == "aborted");
    CHECK(here.waiting == 0);
}

TEST_CASE("an event loop that is destroyed takes waiting tasks along, and them before their owner")
{
    std::string order;
    const auto note = [&](std::string what) {
        return std::shared_ptr<int>(nullptr, [&order, what](int*) { order += what; });
    };
    {
        task_world here;
        const auto task = [&](std::shared_ptr<int> kept,
                              std::string name) -> asio::awaitable<void> {
            co_await here.gate(name);
            kept.reset();
        };
        const auto body = [&]() -> asio::awaitable<void> {
            const auto mine = note("owner");
            co_await when_all(task(note("a "), "a"), task(note("b "), "b"));
        };
        here.start(body());
        CHECK(order.empty());
    }
    CHECK((order == "a b owner" || order == "b a owner"));
}

TEST_CASE("on a thread pool, a strand is what tasks run on")
{
    asio::thread_pool pool(3);
    int sum = 0;
    const auto add = [&](int what) -> asio::awaitable<void> {
        for (int i = 0; i != 100; ++i) {
            sum += what; // without a lock
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        }
    };
    const auto body = [&]() -> asio::awaitable<void> { co_await when_all(add(1), add(2), add(3)); };
    asio::co_spawn(asio::make_strand(pool), body(), asio::use_future).get();
    CHECK(sum == 600);
}
