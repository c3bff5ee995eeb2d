#include "coding/encoder.hpp"
#include "source_world.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

TEST_CASE("a stream opens, and its events are handed out in order")
{
    source_world world(GENERATE(true, false));
    world.here.on_request = [](served& r) {
        r.begin();
        r.write(
            "data: one\n\nevent: greeting\ndata: two\ndata: lines\nid: 7\n\n: comment\n\ndata\n\n");
    };
    CHECK(world.source->ready_state() == event_source::state::connecting);
    CHECK(world.requests() == 0); // it connects with the first wait
    world.open();
    CHECK(world.source->ready_state() == event_source::state::open);
    CHECK(world.server().header("accept") == "text/event-stream");
    CHECK(world.server().header("cache-control") == "no-store");
    CHECK_FALSE(world.server().carried.head.contains("last-event-id"));

    auto got = world.next();
    REQUIRE(got);
    CHECK(got->type == "message");
    CHECK(got->data == "one");
    CHECK(got->last_event_id.empty());
    CHECK(world.source->last_event_id().empty());
    got = world.next();
    REQUIRE(got);
    CHECK(got->type == "greeting");
    CHECK(got->data == "two\nlines");
    CHECK(got->last_event_id == "7");
    CHECK(world.source->last_event_id() == "7");
    got = world.next();
    REQUIRE(got);
    CHECK(got->data.empty());
    CHECK(got->last_event_id == "7");

    CHECK_FALSE(world.next());
    world.server().write("data: later\n\n");
    CHECK(world.data() == "later");
}

TEST_CASE(
    "a stream may be cut anywhere, begin with a byte order mark and end its lines as it likes")
{
    source_world world(GENERATE(true, false));
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    const std::string_view stream =
        "\xEF\xBB\xBFid: 1\r\ndata: one\r\n\r\ndata: two\r\rdata: three\n\nid: 2\r\n\r\n";
    std::vector<std::string> seen;
    for (const char c : stream) {
        world.server().write({&c, 1});
        if (const auto got = world.next())
            seen.push_back(got->last_event_id + got->data);
    }
    CHECK(seen == std::vector<std::string>{"1one", "1two", "1three"});
}

TEST_CASE("an id with a NUL is ignored, an empty one takes the last one back")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    world.server().write("id: 1\ndata: a\n\n");
    world.server().write(std::string_view("id: 2\0\ndata: b\n\n", 16));
    world.server().write("id\ndata: c\n\n");
    CHECK(world.next()->last_event_id == "1");
    CHECK(world.next()->last_event_id == "1");
    CHECK(world.next()->last_event_id.empty());
    world.server().end();
    world.error();
    world.here.pass(3s);
    world.open();
    CHECK_FALSE(world.server().carried.head.contains("last-event-id"));
}

TEST_CASE("an event beyond the limit ends it with an error that names the limit")
{
    source_world world(true, event_source_options().event_limit(100));
    world.here.on_request = [](served& r) {
        r.begin();
        r.write("data: " + std::string(90, 'x') + "\n\ndata: " + std::string(101, 'x') + "\n\n");
    };
    world.open();
    CHECK(world.data() == std::string(90, 'x'));
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::event_too_large);
    CHECK(got.why.initiator == initiator::aloft);
    CHECK(got.why.detail == "more than 100 bytes (event_limit)");
    world.closed();
    CHECK(world.here.idle());
}

TEST_CASE("what nobody asks for stays with the server")
{
    session_limits small;
    small.stream_window = 16 * 1024;
    source_world world(true, event_source_options(), client_options().limits(small));
    world.here.on_request = [](served& r) {
        r.begin();
        for (int i = 0; i < 1000; ++i)
            r.write("data: " + std::string(1000, 'x') + "\n\n");
    };
    world.open();
    world.here.settle();
    CHECK(world.here.http->counts().unread_memory <= 64 * 1024);
    for (int i = 0; i < 1000; ++i)
        REQUIRE(world.data().size() == 1000);
}

TEST_CASE("a wait that is cancelled loses no event")
{
    source_world world(GENERATE(true, false));
    world.here.on_request = [](served& r) { r.begin(); };
    CHECK_FALSE([&] {
        boost::asio::cancellation_signal stop; // before the head is there
        told one;
        world.source->async_next(boost::asio::bind_cancellation_slot(stop.slot(), one.handler()));
        stop.emit(boost::asio::cancellation_type::partial);
        world.here.settle();
        return !one.ec;
    }());
    CHECK(world.requests() == 1); // it connects all the same
    world.open();
    CHECK_FALSE(world.next());
    world.server().write("data: one\n\ndata: two\n\n"); // comes while nobody waits
    world.here.settle();
    CHECK(world.source->last_event_id().empty());
    CHECK(world.data() == "one");
    CHECK(world.data() == "two");
    world.server().end();
    world.here.settle();
    CHECK(world.error().retry_in == 3s);
    CHECK_FALSE(world.next()); // while it pauses
    world.here.pass(3s);
    world.open();
}

TEST_CASE("the id to go on from is that of the event that was taken, not of one that waits")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK_FALSE(world.next());
    world.server().write("id: 1\ndata: x\n\n");
    world.here.settle();
    CHECK(world.source->last_event_id().empty());
    CHECK(world.data() == "x");
    CHECK(world.source->last_event_id() == "1");
}

TEST_CASE("a coroutine cancelled when its event has come leaves it for the next call")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK_FALSE(world.next());
    world.server().write("data: kept\n\n");
    world.here.settle();
    boost::asio::cancellation_signal stop;
    std::exception_ptr thrown;
    boost::asio::co_spawn(
        world.here.context, world.source->next(),
        boost::asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::exception_ptr why, std::optional<source_event>) { thrown = std::move(why); }));
    // Behind the start of the coroutine, before its completion.
    boost::asio::post(world.here.context,
                      [&] { stop.emit(boost::asio::cancellation_type::terminal); });
    world.here.settle();
    REQUIRE(thrown);
    CHECK_THROWS_AS(std::rethrow_exception(thrown), aloft::error);
    CHECK(world.data() == "kept");
}

TEST_CASE("a compressed stream is read as it comes")
{
    source_world world;
    world.here.on_request = [](served& r) {
        r.head.add("content-encoding", "gzip");
        r.begin();
    };
    world.open();
    CHECK(world.server().header("accept-encoding").find("gzip") != std::string::npos);
    const auto encoder = coding::make_encoder(compression::gzip);
    const auto send = [&](std::string_view text, coding::encoder::flush how) {
        std::string coded;
        encoder->encode(text, how, coded);
        world.server().write(coded);
    };
    send("id: 1\ndata: one\n\ndata: two\n\ndata: th", coding::encoder::flush::now);
    CHECK(world.data() == "one");
    CHECK(world.data() == "two");
    CHECK_FALSE(world.next());
    send("ree\n\n", coding::encoder::flush::now);
    world.here.settle();
    CHECK(world.data() == "three");
    send("", coding::encoder::flush::finish);
    world.server().end();
    CHECK(world.error().why.code == boost::asio::error::eof);
    world.here.pass(3s);
    world.open();
    CHECK(world.server().header("last-event-id") == "1");
}
