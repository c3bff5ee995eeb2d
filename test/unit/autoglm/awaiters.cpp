#include "support/allocations.hpp"
#include "unit/autoglm/model_world.hpp"

#include <aloft/semaphore.hpp>
#include <aloft/use_awaiter.hpp>

#include <coroutine>
#include <exception>
#include <string>
#include <utility>
#include <vector>

using namespace aloft;
using namespace aloft::test;

namespace {

/// The least that a coroutine can be: started at once, destroyed by whoever holds it.
class plain_coroutine {
public:
    struct promise_type {
        plain_coroutine get_return_object() { return plain_coroutine(handle::from_promise(*this)); }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_always final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const { std::terminate(); }
    };
    using handle = std::coroutine_handle<promise_type>;

    explicit plain_coroutine(handle made) : handle_(made) {}
    plain_coroutine(plain_coroutine&& other) noexcept :
        handle_(std::exchange(other.handle_, nullptr))
    {
    }
    plain_coroutine& operator=(plain_coroutine&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~plain_coroutine()
    {
        if (handle_)
            handle_.destroy();
    }
    bool done() const { return handle_.done(); }

private:
    handle handle_;
};

struct reader {
    std::vector<std::string> read;
    error_code ec;
    bool over = false;
};

plain_coroutine read_all(autoglm::client& glm, reader& into)
{
    auto [ec, reply] = co_await glm.async_stream(question(), use_awaiter);
    while (!ec && !reply.over()) {
        while (const auto* delta = reply.try_next())
            into.read.emplace_back(delta->content);
        if (!reply.over())
            std::tie(ec) = co_await reply.async_wait(use_awaiter);
    }
    into.ec = ec ? ec : reply.error();
    into.over = true;
}

plain_coroutine wait_for_events(autoglm::reply& reply, std::size_t& seen)
{
    for (;;) {
        while (reply.try_next() != nullptr)
            ++seen;
        const auto [ec] = co_await reply.async_wait(use_awaiter);
        if (ec)
            co_return;
    }
}

} // namespace

TEST_CASE("a coroutine of any type awaits a stream and each of its events")
{
    model_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    reader got;
    const auto running = read_all(here.glm, got);
    CHECK(got.read.empty());
    here.settle();
    for (std::size_t i = 1; i != 4; ++i) {
        here.last().write(event);
        here.settle();
        CHECK(got.read.size() == i);
    }
    here.last().write(finish);
    here.last().write(done);
    here.last().end();
    here.settle();
    CHECK(got.over);
    CHECK_FALSE(got.ec);
    CHECK(got.read == std::vector<std::string>{"tok ", "tok ", "tok ", ""});
    CHECK(running.done());
    CHECK(here.idle());
}

TEST_CASE("waiting for an event in a coroutine of any type allocates nothing but its frame")
{
    model_world here(any_version());
    auto reply = here.stream("");
    std::size_t seen = 0;
    const auto before = allocations();
    const auto running = wait_for_events(reply, seen);
    CHECK(allocations() == before + 1);
    CHECK_FALSE(running.done());
}

TEST_CASE("a suspended coroutine that is destroyed cancels what it waits for")
{
    model_world here(any_version());
    SECTION("the head")
    {
        reader got;
        {
            const auto running = read_all(here.glm, got);
            here.settle();
            REQUIRE(here.seen.size() == 1);
        }
        here.settle();
        CHECK(here.last().over());
        CHECK_FALSE(got.over);
    }
    SECTION("an event: the stream goes on without it")
    {
        auto reply = here.stream(event);
        std::size_t seen = 0;
        {
            const auto running = wait_for_events(reply, seen);
        }
        here.last().write(event);
        here.settle();
        CHECK(seen == 1);
        CHECK_FALSE(here.last().over());
        CHECK(reply.try_next() != nullptr);
        reply = autoglm::reply();
        here.settle();
    }
    CHECK(here.idle());
}

TEST_CASE("a coroutine destroyed after its wait was over, and before it went on, is not resumed")
{
    model_world here(any_version());
    auto reply = here.stream(event);
    std::size_t seen = 0;
    {
        const auto running = wait_for_events(reply, seen);
        reply.cancel(); // ends the wait, in a later turn of the loop
    }
    here.settle();
    CHECK(seen == 1);
    reply = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("a permit that was granted to a coroutine which is gone by then is free again")
{
    boost::asio::io_context loop;
    semaphore permits(loop.get_executor(), 1);
    auto first = permits.try_acquire();
    bool granted = false;
    {
        const auto waiting = [](semaphore& from, bool& got) -> plain_coroutine {
            const auto [ec, permit] = co_await from.async_acquire(use_awaiter);
            got = !ec;
        }(permits, granted);
        CHECK(permits.waiting() == 1);
        first = {};
    }
    loop.run();
    CHECK_FALSE(granted);
    CHECK(permits.held() == 0);
}
