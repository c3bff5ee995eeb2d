#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"
#include "unit/concurrent/tasks.hpp"

#include <aloft/concurrent.hpp>

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::test;

TEST_CASE("for_each runs no more at once than it may, in the order of the range")
{
    task_world here;
    const std::vector<std::string> names{"a", "b", "c", "d", "e"};
    const auto f = [&](const std::string& name) { return here.gate(name); };
    here.start(for_each(names, 2, f));
    CHECK(here.gates.size() == 2);
    here.pass("b");
    CHECK(here.gates.count("c") == 1);
    CHECK(here.waiting == 2);
    for (const auto* name : {"c", "d", "a", "e"})
        here.pass(name);
    CHECK(here.over);
    CHECK(here.log == "bcdae");
    CHECK(here.thrown().empty());
}

TEST_CASE("for_each takes ranges of all kinds, and none of them twice")
{
    task_world here;
    std::string seen;
    const auto note = [&](std::string word) -> asio::awaitable<void> {
        seen += word + " ";
        co_return;
    };
    const auto number = [&](const int& n) { return note(std::to_string(n)); };
    const auto shout = [&](std::string& word) -> asio::awaitable<void> {
        word += "!";
        co_return;
    };
    std::istringstream text("x y z");
    const auto body = [&]() -> asio::awaitable<void> {
        std::vector<std::string> mine{"a", "b"};
        co_await for_each(mine, 1, shout); // refers to it
        co_await for_each(std::move(mine), 3, note); // keeps it
        co_await for_each(std::views::iota(1, 4), 2, number); // of values
        co_await for_each(std::views::istream<std::string>(text), 2, note); // read once
        co_await for_each(std::vector<int>(), 0, number);
        co_await for_each(std::views::iota(5, 7), 0, number); // 0 is 1
    };
    here.start(body());
    CHECK(here.over);
    CHECK(here.thrown().empty());
    CHECK(seen == "a! b! 1 2 3 x y z 5 6 ");
}

TEST_CASE(
    "what f throws before it returns a task, or the range throws, is a failure like any other")
{
    task_world here;
    const auto f = [&](int n) -> asio::awaitable<void> {
        if (n == 2)
            throw std::runtime_error("of f");
        return here.gate("a");
    };
    const auto thrower = [](int n) { return n < 2 ? n : throw std::runtime_error("of the range"); };
    const bool of_f = GENERATE(true, false);
    if (of_f)
        here.start(for_each(std::views::iota(0, 10), 5, f));
    else
        here.start(for_each(std::views::iota(0, 10) | std::views::transform(thrower), 5, f));
    CHECK(here.over);
    CHECK(here.log == "a!a!");
    CHECK(here.thrown() == (of_f ? "of f" : "of the range"));
}

TEST_CASE("a hundred thousand elements, a hundred at once, need no more stack than one")
{
    task_world here;
    const bool waits = GENERATE(false, true);
    std::size_t now = 0;
    std::size_t most = 0;
    std::size_t all = 0;
    std::ptrdiff_t deepest = 0;
    const auto* const base = static_cast<const char*>(__builtin_frame_address(0));
    const auto f = [&](int) -> asio::awaitable<void> {
        const auto* const now_at = static_cast<const char*>(__builtin_frame_address(0));
        deepest = std::max(deepest, std::abs(base - now_at));
        most = std::max(most, ++now);
        if (waits)
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        --now;
        ++all;
    };
    here.start(for_each(std::views::iota(0, 100'000), 100, f));
    CHECK(here.over);
    CHECK(all == 100'000);
    CHECK(most == (waits ? 100 : 1));
    CHECK(deepest < 64 * 1024);
}

TEST_CASE("cancelling for_each ends what runs, and begins nothing any more")
{
    task_world here;
    const auto swallowing = [&](int n) -> asio::awaitable<void> {
        try {
            co_await here.gate(std::to_string(n));
        } catch (const boost::system::system_error&) {
        }
    };
    here.start(for_each(std::views::iota(0, 10), 3, swallowing));
    here.pass("1");
    here.cancel();
    CHECK(here.over);
    CHECK(here.log.size() == 7); // 1, and three that were cancelled
    CHECK(here.thrown() == "aborted"); // not all was done
    CHECK(here.waiting == 0);
}

TEST_CASE("a request that fails cancels the others on the wire, and those behind it are not sent")
{
    client_world here(any_version());
    std::exception_ptr failure;
    bool over = false;
    const auto fetch = [&](int n) -> asio::awaitable<void> {
        co_await here.http->get("http://server/" + std::to_string(n));
    };
    asio::co_spawn(here.context, for_each(std::views::iota(0, 100), 4, fetch),
                   [&](std::exception_ptr e) {
                       over = true;
                       failure = std::move(e);
                   });
    here.settle();
    REQUIRE(here.seen.size() == 4);
    here.seen[0]->answer("fine");
    here.settle();
    CHECK(here.seen.size() == 5);
    here.seen[2]->begin();
    here.settle();
    here.seen[2]->reset(2); // INTERNAL_ERROR
    here.settle();
    here.pass(std::chrono::seconds(1)); // HTTP/1.1: the server learns from the connection's end
    CHECK(over);
    CHECK(failure != nullptr);
    CHECK(here.seen.size() == 5);
    for (const auto* each : here.seen)
        CHECK(each->over());
    CHECK(here.idle());
}
