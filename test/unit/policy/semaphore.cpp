#include "support/catch.hpp"
#include "unit/policy/waiting.hpp"

#include <aloft/semaphore.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <memory>
#include <random>
#include <vector>

using namespace aloft;
using detail::semaphore_state;
using test::waiting;
namespace asio = boost::asio;

TEST_CASE("permits are handed out first in, first out, and those who give up are skipped")
{
    semaphore_state s(1, 10);
    std::vector<int> order;
    CHECK(s.try_acquire());
    std::deque<waiting> queue;
    for (int i = 0; i < 5; ++i) {
        queue.emplace_back([&order, i](error_code ec) {
            CHECK_FALSE(ec);
            order.push_back(i);
        });
        CHECK(s.acquire(queue.back()) == semaphore_state::outcome::waiting);
    }
    CHECK_FALSE(s.try_acquire());
    s.cancel(queue[1]);
    s.cancel(queue[1]);
    CHECK(s.waiting() == 4);
    for (int i = 0; i < 4; ++i)
        s.release();
    CHECK(order == std::vector{0, 2, 3, 4});
    CHECK(s.held() == 1);
    s.release();
    CHECK(s.held() == 0);
    CHECK(s.waiting() == 0);
}

TEST_CASE("max_waiting bounds who may wait, except one who held a permit before")
{
    semaphore_state s(0, 1);
    std::vector<int> order;
    waiting a([&](error_code) { order.push_back(1); });
    waiting b([&](error_code) { order.push_back(2); });
    CHECK(s.acquire(a) == semaphore_state::outcome::waiting);
    CHECK(s.acquire(b) == semaphore_state::outcome::full);
    CHECK(s.acquire_first(b) == semaphore_state::outcome::waiting);
    s.resize(2);
    CHECK(order == std::vector{2, 1});
}

TEST_CASE("permits may become fewer and more while they are held")
{
    semaphore_state s(3, 10);
    for (int i = 0; i < 3; ++i)
        CHECK(s.try_acquire());
    int served = 0;
    waiting a([&](error_code) { ++served; });
    s.acquire(a);
    s.resize(1);
    s.release();
    s.release();
    CHECK(served == 0); // one is held still, as many as there are
    s.release();
    CHECK(served == 1);
    s.resize(2);
    CHECK(s.try_acquire());
    CHECK(s.held() == 2);
}

TEST_CASE("a permit given back while others are served does not recurse")
{
    semaphore_state s(1, 200'000);
    CHECK(s.try_acquire());
    int depth = 0;
    int deepest = 0;
    int served = 0;
    std::deque<waiting> queue;
    for (int i = 0; i < 100'000; ++i) {
        queue.emplace_back([&](error_code) {
            deepest = std::max(deepest, ++depth);
            ++served;
            s.release();
            --depth;
        });
        s.acquire(queue.back());
    }
    s.release();
    CHECK(served == 100'000);
    CHECK(deepest == 1);
    CHECK(s.held() == 0);
}

TEST_CASE("no permit is ever lost, whatever the order of events")
{
    std::mt19937 random(7); // NOLINT
    semaphore_state s(3, 50);
    std::size_t held = 0;
    std::deque<waiting> made;
    std::vector<waiting*> queue;
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 4) {
        case 0: {
            auto& w = made.emplace_back([&](error_code) { ++held; });
            const auto got = s.acquire(w);
            held += got == semaphore_state::outcome::acquired ? 1 : 0;
            if (got == semaphore_state::outcome::waiting)
                queue.push_back(&w);
            break;
        }
        case 1:
            if (held != 0) {
                --held;
                s.release();
            }
            break;
        case 2:
            if (!queue.empty())
                s.cancel(*queue[random() % queue.size()]);
            break;
        case 3: s.resize(random() % 6); break;
        }
        REQUIRE(s.held() == held);
        REQUIRE((s.waiting() == 0 || s.held() >= s.permits()));
    }
}

TEST_CASE("async_acquire ends with a permit, queue_full, operation_aborted or client_closed")
{
    asio::io_context context;
    auto s = std::make_unique<semaphore>(context.get_executor(), 1, 2);
    permit first;
    s->async_acquire([&](error_code ec, permit got) {
        CHECK_FALSE(ec);
        first = std::move(got);
    });
    CHECK_FALSE(first); // never inline
    context.poll();
    CHECK(first);

    asio::cancellation_signal stop;
    std::vector<error_code> ended;
    const auto note = [&](error_code ec, permit) { ended.push_back(ec); };
    s->async_acquire(asio::bind_cancellation_slot(stop.slot(), note));
    s->async_acquire(note);
    s->async_acquire(note);
    context.restart();
    context.poll();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0] == errc::queue_full);
    stop.emit(asio::cancellation_type::total);
    context.restart();
    context.poll();
    REQUIRE(ended.size() == 2);
    CHECK(ended[1] == asio::error::operation_aborted);
    CHECK(s->waiting() == 1);
    s.reset();
    context.restart();
    context.poll();
    REQUIRE(ended.size() == 3);
    CHECK(ended[2] == errc::client_closed);
}

TEST_CASE(
    "an io_context destroyed under a coroutine that waits in its own semaphore leaves nothing")
{
    asio::io_context context;
    asio::co_spawn(
        context,
        [](asio::io_context& io) -> asio::awaitable<void> {
            semaphore mine(io.get_executor(), 1);
            auto held = co_await mine.async_acquire(asio::use_awaitable);
            co_await mine.async_acquire(asio::use_awaitable);
        }(context),
        asio::detached);
    context.poll();
}
