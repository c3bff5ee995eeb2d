#include "support/catch.hpp"
#include "unit/concurrent/tasks.hpp"

#include <aloft/concurrent.hpp>

#include <stdexcept>
#include <string>

using namespace aloft;
using namespace aloft::test;

TEST_CASE("with_task_group waits for its body and for what was spawned, by tasks too")
{
    task_world here;
    const auto body = [&](task_spawner& group) -> asio::awaitable<void> {
        // Without captures, which would be gone with the body.
        const auto spawns = [](task_world& world, task_spawner& all) -> asio::awaitable<void> {
            co_await world.gate("a");
            all.spawn(world.gate("b"));
        };
        group.spawn(spawns(here, group));
        co_await here.gate("c");
    };
    here.start(with_task_group(body));
    here.pass("c");
    here.pass("a");
    CHECK_FALSE(here.over);
    here.pass("b");
    CHECK(here.over);
    CHECK(here.log == "cab");
    CHECK(here.thrown().empty());
}

TEST_CASE("a task that fails cancels the body of its group, and the body its tasks")
{
    task_world here;
    const bool by_body = GENERATE(false, true);
    const auto body = [&](task_spawner& group) -> asio::awaitable<void> {
        group.spawn(here.gate("a"));
        group.spawn(here.fail("b", "of a task"));
        co_await here.gate("c");
        throw std::runtime_error("of the body");
    };
    here.start(with_task_group(body));
    here.pass(by_body ? "c" : "b");
    CHECK(here.over);
    CHECK(here.thrown() == (by_body ? "of the body" : "of a task"));
    CHECK(here.waiting == 0);
}

TEST_CASE("a body that throws before it returns leaves no task behind")
{
    task_world here;
    const auto body = [&](task_spawner& group) -> asio::awaitable<void> {
        group.spawn(here.gate("a"));
        throw std::runtime_error("at once");
    };
    here.start(with_task_group(body));
    CHECK(here.over);
    CHECK(here.log == "a!");
    CHECK(here.thrown() == "at once");
}

TEST_CASE("who has what it wanted cancels its group, and that is no failure")
{
    task_world here;
    std::string first;
    const auto body = [&](task_spawner& group) -> asio::awaitable<void> {
        for (const std::string name : {"a", "b", "c"}) {
            const auto race = [](task_world& world, task_spawner& all, std::string& winner,
                                 std::string me) -> asio::awaitable<void> {
                co_await world.gate(me);
                winner = me;
                all.cancel();
            };
            group.spawn(race(here, group, first, name));
        }
        co_return;
    };
    here.start(with_task_group(body));
    here.pass("b");
    CHECK(here.over);
    CHECK(first == "b");
    CHECK(here.thrown().empty());
    CHECK(here.log == "ba!c!");
}

TEST_CASE("a task_group of one's own: spawn, join, and join again")
{
    task_world here;
    const auto body = [&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn(here.gate("a"));
        co_await group.join();
        group.spawn(here.fail("b", "late"));
        group.spawn(here.gate("c"));
        try {
            co_await group.join();
        } catch (const std::runtime_error& e) {
            here.log += e.what();
        }
        CHECK(group.stopping());
        group.spawn(here.gate("d"));
        CHECK(here.waiting == 0);
    };
    here.start(body());
    here.pass("a");
    here.pass("b");
    CHECK(here.over);
    CHECK(here.log == "abc!late");
    CHECK(here.thrown().empty());
}

TEST_CASE("a task_group that is destroyed cancels what it cannot wait for")
{
    task_world here;
    const auto body = [&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn(here.gate("a"));
        auto moved = std::move(group);
        co_await here.gate("b");
    };
    here.start(body());
    here.pass("b");
    CHECK(here.over);
    CHECK(here.log == "ba!");
    CHECK(here.waiting == 0);
}

TEST_CASE("cancelling a join cancels the tasks")
{
    task_world here;
    const auto body = [&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn(here.gate("a"));
        group.spawn(here.gate("b"));
        co_await group.join();
    };
    here.start(body());
    here.cancel();
    CHECK(here.over);
    CHECK(here.thrown() == "aborted");
    CHECK(here.waiting == 0);
}
