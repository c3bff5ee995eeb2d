#include "support/catch.hpp"
#include "unit/autoglm/model_world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <thread>
#include <type_traits>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

std::size_t drain(autoglm::reply& from)
{
    std::size_t deltas = 0;
    while (from.try_next() != nullptr)
        ++deltas;
    return deltas;
}

} // namespace

TEST_CASE("a million ready events are read through next, try_next and async_next on a flat stack")
{
    constexpr std::size_t wanted = 1'000'000;
    const int way = GENERATE(0, 1, 2);
    session_limits limits;
    limits.stream_window = 256 * 1024;
    model_world here(true, without_retries().limits(limits));
    here.pipe_capacity = 1024 * 1024;
    std::string block;
    for (int i = 0; i < 1000; ++i)
        block += event;
    std::size_t blocks = 0;
    here.on_request = [](served& r) { r.begin(); };
    here.ask();
    REQUIRE(here.one.calls == 1);
    REQUIRE_FALSE(here.one.ec);
    auto reply = std::move(here.one.got);
    std::size_t read = 0;
    bool over = false;
    std::size_t lowest = SIZE_MAX;
    std::size_t highest = 0;
    const auto look_at_stack = [&] {
        // Not the address of a local: the address sanitizer may keep locals elsewhere.
        const auto at = reinterpret_cast<std::size_t>(__builtin_frame_address(0));
        lowest = std::min(lowest, at);
        highest = std::max(highest, at);
    };
    auto reader = [&]() -> asio::awaitable<void> {
        while (co_await reply.next() != nullptr)
            ++read;
        over = true;
    };
    std::function<void()> again = [&] {
        reply.async_next([&](error_code ec, std::optional<chat::owned_delta> delta) {
            REQUIRE_FALSE(ec);
            look_at_stack();
            if (!delta) {
                over = true;
                return;
            }
            ++read;
            again();
        });
    };
    if (way == 0)
        asio::co_spawn(here.context, reader(), asio::detached);
    if (way == 2)
        again();
    while (!over) {
        if (blocks < wanted / 1000) {
            here.last().write(block);
            ++blocks;
        } else if (blocks == wanted / 1000) {
            here.last().write(finish);
            here.last().write(done);
            here.last().end();
            ++blocks;
        }
        here.settle();
        if (way == 1) {
            read += drain(reply);
            over = reply.over();
        }
    }
    CHECK(read == wanted + 1);
    CHECK_FALSE(reply.error());
    if (way == 2)
        CHECK(highest - lowest < 64 * 1024);
    reply = autoglm::reply();
    CHECK(here.idle());
}

TEST_CASE("a complete stream gives its text and needs no RST_STREAM")
{
    model_world here(any_version());
    auto reply = here.stream(event);
    const auto* delta = reply.try_next();
    REQUIRE(delta != nullptr);
    const auto text = delta->content;
    here.last().write(event);
    here.settle();
    CHECK(text == "tok "); // borrowed until the next call, whatever arrives
    CHECK(drain(reply) == 1);
    here.last().write(finish);
    here.last().write(done);
    here.settle();
    CHECK(drain(reply) == 1);
    CHECK_FALSE(reply.over());
    here.last().end();
    here.settle();
    CHECK(reply.try_next() == nullptr);
    CHECK(reply.over());
    CHECK_FALSE(reply.error());
    CHECK(reply.text() == "tok tok ");
    CHECK(here.last().over());
    CHECK_FALSE(here.last().carried.error);
    CHECK(here.idle());
}

TEST_CASE("a reply tells when it was sent, and when what its reader has in hand arrived")
{
    model_world here(any_version());
    auto reply = here.stream(event);
    const auto sent = reply.sent_at();
    CHECK(reply.arrived_at() - sent == 0ms); // the head and the first event
    here.pass(70ms);
    CHECK(reply.arrived_at() - sent == 0ms);
    here.last().write(event);
    here.settle();
    CHECK(reply.arrived_at() - sent == 70ms);
    here.pass(5ms); // a reader that comes late sees when it came, not when it looked
    CHECK(drain(reply) == 2);
    CHECK(reply.arrived_at() - sent == 70ms);
}

TEST_CASE("a server that says [DONE] and does not end is left after five seconds, without an error")
{
    model_world here(any_version());
    auto reply = here.stream(finish);
    here.last().write(done);
    here.settle();
    outcome_of<std::optional<chat::owned_delta>> last;
    CHECK(drain(reply) == 1);
    reply.async_next(last.handler());
    here.pass(4999ms);
    CHECK(last.calls == 0);
    here.pass(1ms);
    CHECK(last.calls == 1);
    CHECK_FALSE(last.ec);
    CHECK_FALSE(last.got.has_value());
    CHECK(here.http->counts().in_flight == 0);
}

TEST_CASE("a stream that is cut off is never a silent success")
{
    model_world here(any_version());
    auto reply = here.stream(event);
    CHECK(drain(reply) == 1);
    SECTION("ended without finish reason and [DONE]")
    {
        here.last().end();
        here.settle();
        CHECK(drain(reply) == 0);
        CHECK(reply.error() == errc::truncated_stream);
        CHECK(reply.why().processing == processing::partly_delivered);
    }
    SECTION("the connection closed")
    {
        here.links.front().close();
        here.settle();
        CHECK(drain(reply) == 0);
        CHECK(reply.error().failed());
    }
    SECTION("not JSON")
    {
        here.last().write("data: {oops\n\n");
        here.settle();
        CHECK(drain(reply) == 0);
        CHECK(reply.error() == errc::invalid_event);
        CHECK(reply.why().detail == R"(it is not JSON: "{oops")");
    }
    SECTION("an error event")
    {
        here.last().write("data: {\"error\":{\"message\":\"out of memory\",\"type\":\"server\","
                          "\"code\":500}}\n\n");
        here.settle();
        CHECK(drain(reply) == 0);
        CHECK(reply.error() == errc::stream_error);
        CHECK(reply.why().server.message == "out of memory");
        CHECK(reply.why().initiator == initiator::peer);
        CHECK(reply.why().detail.find("out of memory") == std::string::npos);
    }
    CHECK(reply.text() == "tok ");
    here.settle();
    CHECK(here.http->counts().in_flight == 0);
}

TEST_CASE("an event larger than its limit ends the stream (event)")
{
    model_world here(true, without_retries(),
                     autoglm::options("http://server/v1").event_limit(1000));
    auto reply = here.stream(event);
    CHECK(drain(reply) == 1);
    here.last().write("data: " + std::string(2000, 'x'));
    here.settle();
    CHECK(drain(reply) == 0);
    CHECK(reply.error() == errc::event_too_large);
    CHECK(reply.why().initiator == initiator::aloft);
}

TEST_CASE("an error in the first event ends the stream at the first read")
{
    model_world here(any_version());
    auto reply =
        here.stream("data: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded\"}}\n\n");
    outcome_of<std::optional<chat::owned_delta>> first;
    reply.async_next(first.handler());
    here.settle();
    CHECK(first.ec == errc::stream_error);
    CHECK(reply.why().server.type == "overloaded");
}

TEST_CASE("an error status ends with http_status and what the server said")
{
    struct row {
        unsigned status;
        std::string_view body;
        std::string_view message;
    };
    const auto one = GENERATE(
        row{401,
            "{\"error\":{\"message\":\"bad key\",\"type\":\"auth\",\"code\":\"invalid_api_key\"}}",
            "bad key"},
        row{404,
            "{\"object\":\"error\",\"message\":\"no "
            "model\",\"type\":\"NotFoundError\",\"code\":404}",
            "no model"},
        row{429, "{\"error\":{\"code\":\"1302\",\"message\":\"slow down\"}}", "slow down"},
        row{500, "{\"detail\":\"boom\"}", "boom"}, row{502, "<html>bad gateway</html>", ""});
    model_world here(any_version());
    here.on_request = [one](served& r) {
        r.head.add("x-request-id", "r-1");
        r.answer(std::string(one.body), one.status, "application/json");
    };
    here.ask();
    CHECK(here.one.calls == 1);
    CHECK(here.one.ec == errc::http_status);
    CHECK(here.why.code == errc::http_status);
    CHECK(here.why.server.status == static_cast<int>(one.status));
    CHECK(here.why.server.message == one.message);
    CHECK(here.why.server.request_id == "r-1");
    CHECK(here.why.detail.find(std::to_string(one.status)) != std::string::npos);
    CHECK(here.idle());
}

TEST_CASE("the id that a server gave a request stands in what its failure says")
{
    model_world here(any_version());
    std::string_view id = "20261201-ab";
    std::string_view of_head;
    const auto shown = [&] {
        here.on_request = [&](served& r) {
            if (!of_head.empty())
                r.head.add("x-request-id", of_head);
            r.begin();
            r.write(event);
            r.write("data: {\"error\":{\"code\":\"1305\",\"message\":\"busy\"},\"request_id\":\"" +
                    std::string(id) + "\"}\n\n");
            r.end();
        };
        here.one = {};
        auto& got = here.ask().got;
        here.settle();
        while (got.try_next() != nullptr) {
        }
        REQUIRE(got.error() == errc::stream_error);
        return got.why();
    };
    CHECK(shown().server.request_id == "20261201-ab");
    CHECK(shown().detail == "1305, request id 20261201-ab");
    id = "";
    CHECK(shown().detail == "1305");
    of_head = "of-head";
    CHECK(shown().detail == "1305, request id of-head");
    of_head = "";
    id = "no id\\u0007 but text";
    CHECK(shown().detail == "1305"); // what is none is not shown
}

TEST_CASE("JSON where events were asked for is unexpected_content, or the error it holds")
{
    model_world here(any_version());
    here.on_request = [](served& r) { r.answer("{\"choices\":[]}", 200, "application/json"); };
    CHECK(here.ask().ec == errc::unexpected_content);
    here.on_request = [](served& r) {
        r.answer("{\"error\":{\"message\":\"no\",\"type\":\"t\"}}", 200, "application/json");
    };
    CHECK(here.ask().ec == errc::stream_error);
    CHECK(here.why.server.type == "t");
    CHECK(here.idle());
}

TEST_CASE("comments keep the gap clock from striking, but are no first event")
{
    model_world here(any_version(),
                     without_retries().deadlines(deadlines().first_event(5s).gap(2s)));
    auto reply = here.stream(": ping\n\n");
    outcome_of<std::optional<chat::owned_delta>> next;
    reply.async_next(next.handler());
    for (int i = 0; i < 4; ++i) {
        here.pass(1s);
        here.last().write(": ping\n\n");
    }
    here.pass(999ms);
    CHECK(next.calls == 0);
    SECTION("first event")
    {
        here.pass(1ms);
        CHECK(next.ec == errc::first_event_timeout);
    }
    SECTION("gap")
    {
        here.last().write(event);
        here.settle();
        CHECK(next.calls == 1);
        reply.async_next(next.handler());
        for (int i = 0; i < 10; ++i) {
            here.pass(1900ms);
            here.last().write(": ping\n\n");
            here.settle();
        }
        CHECK(next.calls == 1);
        here.pass(1999ms);
        CHECK(next.calls == 1);
        here.pass(1ms);
        CHECK(next.calls == 2);
        CHECK(next.ec == errc::gap_timeout);
    }
}

TEST_CASE(
    "a wait for a delta that is given up loses none; cancel() and the destructor end the stream")
{
    model_world here(any_version());
    auto reply = here.stream("");
    asio::cancellation_signal stop;
    error_code ec;
    reply.async_next(asio::bind_cancellation_slot(
        stop.slot(), [&](error_code with, const std::optional<chat::owned_delta>&) { ec = with; }));
    here.settle();
    here.last().write(event.substr(0, 20));
    here.settle();
    stop.emit(asio::cancellation_type::total);
    here.settle();
    CHECK(ec == asio::error::operation_aborted);
    here.last().write(event.substr(20));
    here.settle();
    const auto* delta = reply.try_next();
    REQUIRE(delta != nullptr);
    CHECK(delta->content == "tok ");
    outcome_of<std::optional<chat::owned_delta>> next;
    reply.async_next(next.handler());
    SECTION("cancel")
    {
        reply.cancel();
    }
    SECTION("destructor")
    {
        reply = autoglm::reply();
    }
    SECTION("the client is destroyed")
    {
        {
            const auto gone = std::move(here.glm);
        }
        here.settle();
        CHECK(next.ec == errc::client_closed);
        return;
    }
    here.settle();
    CHECK(next.calls == 1);
    CHECK(next.ec == asio::error::operation_aborted);
    CHECK(here.last().over());
    reply = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("next() || timer keeps every delta, whichever comes first")
{
    using namespace asio::experimental::awaitable_operators;
    using timer = asio::steady_timer;
    model_world here(any_version());
    auto reply = here.stream("");
    timer tick(here.context);
    std::size_t read = 0;
    int rounds = 0;
    bool over = false;
    auto reader = [&]() -> asio::awaitable<void> {
        for (; !over; ++rounds) {
            tick.expires_at(rounds % 2 == 0 ? timer::time_point::min() : timer::time_point::max());
            auto either = co_await (reply.next() || tick.async_wait(asio::use_awaitable));
            if (const auto* delta = std::get_if<0>(&either)) {
                over = *delta == nullptr;
                read += over ? 0 : 1;
            }
        }
    };
    asio::co_spawn(here.context, reader(), asio::detached);
    for (int i = 0; i < 20; ++i) {
        here.last().write(event);
        here.settle();
        here.last().write(event);
        here.last().write(event);
        here.settle();
    }
    here.last().write(finish);
    here.last().write(done);
    here.last().end();
    here.settle();
    CHECK(over);
    CHECK(read == 61);
    CHECK(rounds > 60);
    reply = autoglm::reply();
    CHECK(here.idle());
}

TEST_CASE("a reply destroyed on another thread is let go of on the client's executor")
{
    model_world here(any_version());
    auto reply = here.stream("");
    std::thread([held = std::move(reply)] {}).join();
    CHECK_FALSE(here.last().over()); // until the executor runs
    here.settle();
    CHECK(here.last().over());
    CHECK(here.idle());
}

// GCC 12 destroys a temporary aggregate twice inside a co_await operand.
static_assert(!std::is_aggregate_v<chat::request> && !std::is_aggregate_v<autoglm::chat_request> &&
              !std::is_aggregate_v<payload>);

TEST_CASE("models, completions and a conversation, awaited with temporaries")
{
    model_world here(any_version(), without_retries(),
                     autoglm::options("http://server/v1").api_key("secret"));
    std::vector<std::string> asked;
    here.on_request = [&](served& r) {
        CHECK(r.header("authorization") == "Bearer secret");
        asked.emplace_back(r.header(":path"));
        if (r.header(":path") == "/v1/models")
            return r.answer("{\"object\":\"list\",\"data\":[{\"id\":\"autoglm-phone-9b\"}]}", 200,
                            "application/json");
        if (r.header("accept") == "application/json")
            return r.answer(
                "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,"
                "\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},"
                "\"finish_reason\":\"stop\"}]}",
                200, "application/json");
        r.begin();
        r.write("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"I go back. "
                "do(action=\\\"Back\\\")\"}}]}\n\n");
        r.write(finish);
        r.write(done);
        r.end();
    };
    bool finished = false;
    auto caller = [&]() -> asio::awaitable<void> {
        const auto models = co_await here.glm.models();
        CHECK(models.size() == 1);
        CHECK(models[0].id == "autoglm-phone-9b");
        const auto whole = co_await here.glm.complete(question());
        CHECK(whole.content() == "hi");
        const auto listed = co_await here.glm.async_models(asio::use_awaitable);
        CHECK(listed.size() == 1);
        const auto again = co_await here.glm.async_complete(question(), asio::use_awaitable);
        CHECK(again.content() == "hi");
        autoglm::conversation talk{autoglm::chat_request()};
        talk.begin("Go back", autoglm::png("not really"), autoglm::screen_info("Settings"));
        for (int turn = 0; turn < 2; ++turn) {
            auto reply = co_await here.glm.stream(talk.request());
            while (co_await reply.next() != nullptr) {
            }
            CHECK(reply.parts().action == "do(action=\"Back\")");
            talk.reply(reply.parts());
            talk.observe(autoglm::png("another"), autoglm::screen_info());
        }
        auto raw = co_await here.glm.stream(payload("{\"stream\":true}"));
        const auto* first = co_await raw.next(); // GCC 12 awaits twice what a macro names twice
        CHECK(first != nullptr);
        auto owned = co_await raw.async_next(asio::use_awaitable);
        CHECK(owned.has_value());
        autoglm::failure why;
        auto sent = co_await here.glm.async_stream(question(), why, asio::use_awaitable);
        co_await sent.async_wait(asio::use_awaitable);
        const auto* ready = sent.try_next();
        CHECK(ready != nullptr);
        auto bytes =
            co_await here.glm.async_stream(payload("{\"stream\":true}"), why, asio::use_awaitable);
        const auto* delta = co_await bytes.next();
        CHECK(delta != nullptr);
        const auto known = co_await here.glm.async_complete(question(), why, asio::use_awaitable);
        CHECK(known.content() == "hi");
        const auto offered = co_await here.glm.async_models(why, asio::use_awaitable);
        CHECK(offered.size() == 1);
        auto temporary = co_await here.glm.stream(question());
        CHECK(temporary.headers().get("content-type") == "text/event-stream");
        finished = true;
    };
    asio::co_spawn(here.context, caller(), asio::detached);
    here.settle();
    CHECK(finished);
    CHECK(asked.size() == 12);
    here.settle();
    CHECK(here.idle());
}
