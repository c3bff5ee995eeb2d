#include "event_source/reconnect_pause.hpp"
#include "source_world.hpp"
#include "support/catch.hpp"

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

TEST_CASE("a stream that ends is asked for again, with the id of its last event")
{
    source_world world(GENERATE(true, false));
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    world.server().write("id: 5\ndata: a\n\nid: 6\ndata: incomplete");
    CHECK(world.data() == "a");
    world.server().end();

    const auto lost = world.error();
    CHECK_FALSE(lost.fatal);
    CHECK(lost.why.code == boost::asio::error::eof);
    CHECK(lost.why.origin == "http://server");
    CHECK(lost.retry_in == 3s);
    CHECK(world.source->ready_state() == event_source::state::connecting);
    world.here.pass(2999ms);
    CHECK(world.requests() == 1);
    world.here.pass(1ms);
    CHECK(world.requests() == 2);
    CHECK(world.server().header("last-event-id") == "5");

    world.open();
    world.server().write("data: b\n\n");
    CHECK(world.next()->last_event_id == "5"); // it holds over connections
    world.server().reset(8);
    const auto again = world.error();
    CHECK_FALSE(again.fatal);
    CHECK(again.retry_in == 3s); // a stream that opened is no failure
    world.here.pass(3s);
    CHECK(world.server().header("last-event-id") == "5");
}

TEST_CASE("the first request goes on where it is told to")
{
    const bool as_header = GENERATE(true, false);
    auto options = event_source_options();
    if (as_header)
        options.header("Last-Event-ID", "41");
    else
        options.last_event_id("41");
    source_world world(true, options);
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK(world.server().header("last-event-id") == "41");
    world.server().write("data: x\n\nid: 42\ndata: y\n\n");
    CHECK(world.next()->last_event_id == "41");
    CHECK(world.next()->last_event_id == "42");
    world.server().end();
    world.error();
    world.here.pass(3s);
    CHECK(world.server().header("last-event-id") == "42");
}

TEST_CASE("the server may name the reconnection time, in digits, within bounds")
{
    struct example {
        std::string_view named;
        std::chrono::milliseconds pause;
    };
    const auto [named, pause] = GENERATE(values<example>({
        {"retry: 10000", 10s},
        {"retry: 0", 100ms},
        {"retry: 1e3", 3s},
        {"retry: -1", 3s},
        {"retry:", 3s},
        {"retry: 5s", 3s},
        {"retry: 9223372036854775807", 24h},
        {"retry: 99999999999999999999999", 3s},
    }));
    INFO(named);
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    world.server().write(std::string(named) + "\n\n");
    world.server().end();
    CHECK(world.error().retry_in == pause);
    world.here.pass(pause);
    world.open(); // and it holds until another one is named
    world.server().end();
    CHECK(world.error().retry_in == pause);
}

TEST_CASE("attempts that fail in a row are made ever more rarely")
{
    source_world world(true, event_source_options().retry(1s, 8s));
    world.here.on_request = [](served& r) { r.reset(2); };
    auto least = 1s, most = 1s;
    for (int attempt = 0; attempt < 8; ++attempt) {
        const auto got = world.error();
        CHECK_FALSE(got.fatal);
        CHECK(got.why.code == errc::stream_reset);
        CHECK(got.retry_in >= least);
        CHECK(got.retry_in <= most);
        most = std::min(most * 2, 8s);
        least = most / 2;
        world.here.pass(got.retry_in);
    }
    const auto last = world.error();
    world.here.on_request = [](served& r) { r.begin(); };
    world.here.pass(last.retry_in);
    world.open();
    world.server().end();
    CHECK(world.error().retry_in == 1s);
}

TEST_CASE("a server that cannot be reached is tried until it can be")
{
    source_world world;
    const auto minute = [&] {
        for (int i = 0; i < 600; ++i)
            world.here.pass(100ms); // the pool has a pace of its own for dials
    };
    world.here.refuse = errc::connect_failed;
    for (int i = 0; i < 3; ++i) {
        const auto got = world.error();
        CHECK_FALSE(got.fatal);
        CHECK(got.why.code == errc::connect_failed);
        CHECK(got.why.processing == processing::never_sent);
        minute();
    }
    world.here.refuse = {};
    world.here.on_request = [](served& r) { r.begin(); };
    world.error();
    minute();
    world.open();
}

TEST_CASE("a reconnection time beyond the longest pause is kept")
{
    detail::reconnect_pause pause(1s, 10s, 1);
    pause.base(60s);
    for (int i = 0; i < 100; ++i) {
        const auto next = pause.next();
        CHECK(next <= 60s);
        CHECK(next >= 30s);
    }
}

TEST_CASE("a lost connection is not replaced before its error was taken")
{
    source_world world;
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK_FALSE(world.next());
    world.server().end(); // while nobody waits
    world.here.pass(1h);
    CHECK(world.requests() == 1);
    CHECK(world.error().why.code == boost::asio::error::eof);
    CHECK(world.requests() == 1);
    world.open(); // the time has long passed
    CHECK(world.requests() == 2);
}

TEST_CASE("a server that falls silent is taken for lost where a bound was set")
{
    source_world world(true, event_source_options().gap(30s));
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK_FALSE(world.next());
    world.here.pass(20s);
    world.server().write(": still there\n");
    CHECK_FALSE(world.next());
    world.here.pass(29s);
    CHECK_FALSE(world.next());
    world.here.pass(1s);
    const auto got = world.error();
    CHECK(got.why.code == errc::gap_timeout);
    CHECK_FALSE(got.fatal);
    world.here.pass(3s);
    world.open();
}

TEST_CASE("no clock of the client cuts a stream that is silent")
{
    deadlines limits;
    limits.total(10s).first_event(10s).gap(10s);
    source_world world(GENERATE(true, false), event_source_options(),
                       client_options().deadlines(limits));
    world.here.on_request = [](served& r) { r.begin(); };
    world.open();
    CHECK_FALSE(world.next());
    world.here.pass(1h);
    CHECK_FALSE(world.next());
    world.server().write("data: late\n\n");
    CHECK(world.data() == "late");
}

TEST_CASE("headers are sent with each request, and may replace ours")
{
    source_world world(true, event_source_options()
                                 .header("Authorization", "Bearer sesame")
                                 .header("Accept", "text/event-stream, */*"));
    world.here.on_request = [](served& r) { r.begin(); };
    for (int i = 0; i < 2; ++i) {
        world.open();
        CHECK(world.server().header("authorization") == "Bearer sesame");
        CHECK(world.server().header("accept") == "text/event-stream, */*");
        world.server().end();
        world.error();
        world.here.pass(3s);
    }
}
