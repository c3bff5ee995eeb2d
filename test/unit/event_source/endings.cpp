#include "source_world.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

enum class at { idle, head, open, unread, pausing };

const auto everywhere = {at::idle, at::head, at::open, at::unread, at::pausing};

/// A world whose source has come as far as `where`, and is waited for where that can be.
struct stopped_at {
    stopped_at(at where, bool http2, bool waiting) : world(http2)
    {
        auto& here = world.here;
        here.on_request = [where](served& r) {
            if (where != at::head)
                r.begin();
        };
        if (where == at::head) {
            CHECK_FALSE(world.next());
        } else if (where != at::idle) {
            world.open();
            CHECK_FALSE(world.next());
        }
        if (where == at::unread)
            world.server().write("data: x\n\ndata: y\n\n");
        if (where == at::pausing) {
            world.server().end();
            world.error();
        }
        if (waiting && where != at::idle && where != at::unread)
            world.source->async_next(one.handler());
        here.settle();
    }
    void nothing_is_left()
    {
        auto& here = world.here;
        here.settle();
        here.pass(100ms);
        CHECK(here.idle());
        const auto requests = here.seen.size();
        here.pass(24h);
        CHECK(here.clock->armed() == 0);
        CHECK(here.seen.size() == requests);
    }

    source_world world;
    told one;
};

} // namespace

TEST_CASE("204 ends it, and it does not connect again")
{
    source_world world(GENERATE(true, false));
    world.here.on_request = [](served& r) { r.answer("", 204); };
    told one;
    world.source->async_next(one.handler());
    world.here.settle();
    CHECK(one.calls == 1);
    CHECK_FALSE(one.ec);
    CHECK_FALSE(one.got);
    world.closed();
    world.here.pass(1h);
    CHECK(world.requests() == 1);
    CHECK(world.here.idle());
}

TEST_CASE("another status than 200 is fatal")
{
    const auto status = GENERATE(201U, 206U, 304U, 400U, 401U, 404U, 500U, 503U);
    source_world world;
    world.here.on_request = [status](served& r) { r.answer("", status, "text/event-stream"); };
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::http_status);
    CHECK(got.why.detail == "status " + std::to_string(status));
    CHECK(got.why.origin == "http://server");
    CHECK(got.why.initiator == initiator::peer);
    world.closed();
    world.here.pass(1h);
    CHECK(world.requests() == 1);
}

TEST_CASE("only text/event-stream is read, whatever its case and parameters")
{
    struct example {
        std::string_view type;
        bool read;
    };
    const auto [type, read] = GENERATE(values<example>({
        {"text/event-stream", true},
        {"Text/Event-Stream", true},
        {"text/event-stream;charset=utf-8", true},
        {"text/event-stream ; charset=windows-1251", true},
        {"text/event-stream;", true},
        {"text/event-streamx", false},
        {"text/x-event-stream", false},
        {"text/html", false},
        {"application/json", false},
        {"", false},
    }));
    INFO(type);
    source_world world;
    world.here.on_request = [type = type](served& r) { r.begin(200, type); };
    if (read)
        return world.open();
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::unexpected_content);
    CHECK(got.why.detail.find("in place of text/event-stream") != std::string::npos);
    world.closed();
    world.here.pass(100ms);
    CHECK(world.here.idle()); // the body is not waited for
}

TEST_CASE("a URL that will not do is told by the first wait, and its fragment is not sent")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.source.emplace(*world.here.http, "http://user:secret@server/");
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::invalid_url);
    CHECK(got.why.message().find("secret") == std::string::npos);
    world.closed();
    world.source.emplace(*world.here.http, "http://server/events?a#b");
    world.open();
    CHECK(world.server().header(":path") == "/events?a");
}

TEST_CASE("a header or an id that cannot be sent is fatal")
{
    const bool in_id = GENERATE(false, true);
    source_world world(true, in_id ? event_source_options().last_event_id("\x01")
                                   : event_source_options().header("bad name", "x"));
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::invalid_request);
    CHECK(got.why.phase == phase::prepare);
    world.closed();
}

TEST_CASE("a certificate that is not accepted is fatal, for it will be no other")
{
    source_world world;
    world.here.refuse = errc::certificate_rejected;
    CHECK(world.error().fatal);
    world.closed();
}

TEST_CASE("a source closed anywhere frees all it had, and tells who waits")
{
    const bool http2 = GENERATE(true, false);
    const bool waiting = GENERATE(true, false);
    for (const auto where : everywhere) {
        INFO("at " << static_cast<int>(where));
        stopped_at stopped(where, http2, waiting);
        stopped.world.source->close();
        if (waiting && where != at::idle && where != at::unread) {
            CHECK(stopped.one.calls == 0); // never inline
            stopped.world.here.settle();
            CHECK(stopped.one.calls == 1);
            CHECK_FALSE(stopped.one.ec);
            CHECK_FALSE(stopped.one.got);
        }
        stopped.world.closed();
        stopped.nothing_is_left();
    }
}

TEST_CASE("a source destroyed anywhere frees all it had, and ends a wait")
{
    const bool http2 = GENERATE(true, false);
    const bool waiting = GENERATE(true, false);
    for (const auto where : everywhere) {
        INFO("at " << static_cast<int>(where));
        stopped_at stopped(where, http2, waiting);
        stopped.world.source.reset();
        stopped.world.here.settle();
        if (waiting && where != at::idle && where != at::unread) {
            CHECK(stopped.one.calls == 1);
            CHECK(stopped.one.ec == asio::error::operation_aborted);
        }
        stopped.nothing_is_left();
    }
}

TEST_CASE("a client destroyed anywhere ends its sources with client_closed")
{
    const bool http2 = GENERATE(true, false);
    const bool waiting = GENERATE(true, false);
    for (const auto where : everywhere) {
        INFO("at " << static_cast<int>(where));
        stopped_at stopped(where, http2, waiting);
        auto& world = stopped.world;
        world.here.http.reset();
        world.here.settle();
        std::optional<source_event> got;
        if (waiting && where != at::idle && where != at::unread) {
            CHECK(stopped.one.calls == 1);
            got = std::move(stopped.one.got);
        } else {
            if (where == at::unread) { // what arrived is still there
                CHECK(world.data() == "x");
                CHECK(world.data() == "y");
            }
            got = world.next();
        }
        REQUIRE(got);
        CHECK(got->fatal);
        CHECK(got->why.code == errc::client_closed);
        world.closed();
        world.here.pass(24h);
        CHECK(world.here.clock->armed() == 0);
    }
}

TEST_CASE("a source may be moved while it is waited for")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    told one;
    world.source->async_next(one.handler());
    event_source moved = std::move(*world.source);
    world.source.reset();
    world.here.settle();
    REQUIRE(one.got);
    CHECK(one.got->what == source_event::kind::open);
    world.source = std::move(moved);
    world.server().write("data: x\n\n");
    CHECK(world.data() == "x");
}

TEST_CASE("whoever is told may destroy the source, and the client too")
{
    const bool client_too = GENERATE(false, true);
    for (const auto where : {at::head, at::open, at::pausing}) {
        source_world world(GENERATE(true, false));
        auto& here = world.here;
        here.on_request = [](served& r) { r.begin(); };
        if (where != at::head)
            world.open();
        if (where == at::pausing) {
            world.server().end();
            world.error();
            here.refuse = errc::connect_failed;
            here.links.back().close();
            here.settle();
        }
        int calls = 0;
        world.source->async_next([&](error_code, std::optional<source_event>) {
            ++calls;
            world.source.reset();
            if (client_too)
                here.http.reset();
        });
        if (where == at::open) {
            here.settle();
            world.server().write("data: x\n\ndata: y\n\n");
        }
        here.pass(4s);
        CHECK(calls == 1);
        CHECK(here.core->live.empty());
        here.pass(24h);
        CHECK(here.clock->armed() == 0);
    }
}

TEST_CASE("an event loop destroyed under a coroutine that owns client and source leaves nothing")
{
    auto loop = std::make_unique<asio::io_context>(1);
    const auto alive = std::make_shared<int>();
    const auto watch = [](asio::io_context& on, std::shared_ptr<int>) -> asio::awaitable<void> {
        client http(on.get_executor());
        event_source source(http, "http://127.0.0.1:1/");
        while (co_await source.next()) {
        }
    };
    asio::co_spawn(*loop, watch(*loop, alive), asio::detached);
    loop->poll();
    CHECK(alive.use_count() == 2);
    loop.reset();
    CHECK(alive.use_count() == 1);
}
