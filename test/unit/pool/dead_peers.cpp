#include "support/catch.hpp"
#include "support/scripted_world.hpp"

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

// Each connection's own time to ask is up to a tenth off.
constexpr auto surely_asked = 16'600ms;
constexpr auto surely_not_asked = 13'400ms;

} // namespace

TEST_CASE("a silent server is sent a PING after 15 s while a stream is open, and answers keep it")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 1 end");
    here.pass(surely_not_asked);
    CHECK(here.peers[0].trace().empty());
    here.pass(surely_asked - surely_not_asked);
    CHECK(here.peers[0].trace() == "PING");
    here.send(0, h2::ping_ack());
    here.pass(26s); // twice the time
    CHECK(here.peers[0].trace().empty());
    here.pass(8s);
    CHECK(here.peers[0].trace() == "PING");
    here.send(0, h2::ping_ack() + h2::response(1));
    CHECK(all[0].good());
    here.pass(60s); // nothing is open: nothing is asked
    CHECK(here.peers[0].trace().empty());
    CHECK(here.http->counts().connections == 1);
}

TEST_CASE("a server that answers no PING is given up, and its streams end with ping_timeout")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 2);
    auto& paid = here.results(1)[0];
    here.http->async_fetch(here.post("x"), paid.why, paid.handler());
    here.pass(surely_asked + 10s);
    CHECK(here.peers[0].left());
    CHECK(paid.calls == 1);
    CHECK(paid.ec == errc::ping_timeout);
    CHECK(paid.why.processing == processing::maybe);
    CHECK(paid.why.phase == phase::head);
    CHECK(paid.why.detail.find("no answer to a PING within 10 s") != std::string::npos);
    // What does no harm is sent again, on another connection.
    CHECK(here.peers.size() == 2);
    here.send(1, h2::response(1) + h2::response(3));
    CHECK(all[0].good());
    CHECK(all[1].good());
    CHECK(here.idle());
}

TEST_CASE("each connection asks at a time of its own, up to a tenth off")
{
    scripted_world here(scripted_world::http2().streams_per_connection(1));
    fetch(here, 40);
    CHECK(here.peers.size() == 40);
    const auto asking = [&here] {
        std::size_t count = 0;
        for (auto& p : here.peers)
            count += p.trace() == "PING" ? 1 : 0;
        return count;
    };
    CHECK(asking() == 0);
    here.pass(surely_not_asked);
    CHECK(asking() == 0);
    here.pass(1600ms);
    const auto early = asking();
    CHECK(early > 5);
    CHECK(early < 35);
    here.pass(1600ms);
    CHECK(early + asking() == 40);
}

TEST_CASE("the time to answer a PING runs from when it was queued, not from when it could leave")
{
    scripted_world here(scripted_world::http2().write_stall(time_limit::off()));
    auto& all = here.results(1);
    here.http->async_fetch(here.post(std::string(400'000, 'x')), all[0].why, all[0].handler());
    here.settle();
    here.send(0, h2::window_update(0, 1 << 24) + h2::window_update(1, 1 << 24));
    here.settle(); // 64 KiB lie in the pipe, and nobody takes them
    here.pass(surely_asked + 10s);
    CHECK(all[0].calls == 1);
    CHECK(all[0].ec == errc::ping_timeout);
}

TEST_CASE("a server that takes no byte for write_stall is given up")
{
    scripted_world here(
        scripted_world::http2().write_stall(30s).ping(time_limit::off(), time_limit::off()));
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post(std::string(400'000, 'x')), one.why, one.handler());
    here.settle();
    here.send(0, h2::window_update(0, 1 << 24) + h2::window_update(1, 1 << 24));
    here.pass(29s);
    CHECK(one.calls == 0);
    CHECK(here.peers[0].trace().substr(0, 9) == "HEADERS 1"); // it takes 64 KiB: time starts anew
    here.settle();
    here.pass(29s);
    CHECK(one.calls == 0);
    here.pass(2s);
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::write_stalled);
    CHECK(one.why.detail == "the server took no byte for 30 s");
    CHECK(one.why.processing == processing::maybe);
    CHECK(here.idle());
}

TEST_CASE("a connection that does not answer takes no new streams: they go elsewhere, or wait")
{
    scripted_world here(scripted_world::http2());
    auto& first = fetch(here, 1);
    here.pass(surely_asked); // asked at 15 s, doubted a second later
    CHECK(here.peers[0].trace() == "HEADERS 1 end, PING");
    here.pass(1s);
    auto& second = fetch(here, 1);
    CHECK(here.peers.size() == 2);
    CHECK(here.peers[0].trace().empty());
    CHECK(here.peers[1].trace() == "HEADERS 1 end");
    // It was only slow: it is used again.
    here.send(0, h2::ping_ack());
    here.send(1, h2::response(1) + h2::goaway(1, h2::no_error));
    auto& third = fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 3 end");
    here.send(0, h2::response(1) + h2::response(3));
    CHECK(first[0].good());
    CHECK(second[0].good());
    CHECK(third[0].good());
}

TEST_CASE("after long idleness a connection is asked before it carries a request")
{
    scripted_world here(scripted_world::http2());
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.peers[0].trace();
    here.pass(20s);
    auto& second = fetch(here, 1);
    CHECK(here.peers[0].trace() == "PING");
    CHECK(here.peers.size() == 1); // it counts as what it will carry
    here.send(0, h2::ping_ack());
    CHECK(here.peers[0].trace() == "HEADERS 3 end");
    here.send(0, h2::response(3));
    CHECK(second[0].good());
    CHECK(here.idle());
}

TEST_CASE("where an idle connection does not answer within a second another one takes the request")
{
    scripted_world here(scripted_world::http2());
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.peers[0].trace();
    here.pass(20s);
    auto& paid = here.results(1)[0]; // never sent to a dead server: it may be sent elsewhere
    here.http->async_fetch(here.post("x"), paid.why, paid.handler());
    here.pass(900ms);
    CHECK(here.peers.size() == 1);
    here.pass(200ms);
    CHECK(here.peers.size() == 2);
    here.send(1, h2::response(1));
    CHECK(paid.good());
    here.pass(10s);
    CHECK(here.peers[0].left());
    CHECK(here.http->counts().connections == 1);
}

TEST_CASE("a connection used a moment ago carries the next request at once")
{
    scripted_world here(scripted_world::http2());
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.peers[0].trace();
    here.pass(10s);
    fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 3 end");
}

TEST_CASE("after a request that timed out its connection must show life before it is used again")
{
    scripted_world here(scripted_world::http2().deadlines(deadlines().head(2s)));
    auto& late = fetch(here, 1);
    here.peers[0].trace();
    here.pass(2s);
    CHECK(late[0].ec == errc::head_timeout);
    CHECK(here.peers[0].trace() == "PING, RST_STREAM 1 CANCEL");
    auto& next = fetch(here, 1);
    CHECK(here.peers[0].trace().empty());
    here.send(0, h2::ping_ack());
    CHECK(here.peers[0].trace() == "HEADERS 3 end");
    here.send(0, h2::response(3));
    CHECK(next[0].good());
}

TEST_CASE("after a suspend of the machine HTTP/2 connections are asked, HTTP/1.1 ones dropped")
{
    const bool http2 = GENERATE(true, false);
    scripted_world here(http2 ? scripted_world::http2() : scripted_world::http1());
    if (!http2)
        here.greeting.clear();
    auto& first = fetch(here, 1);
    here.send(0, http2 ? h2::response(1) : "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    CHECK(first[0].good());
    here.peers[0].text();
    here.pass(1s);
    here.clock->sleep(1h); // the timers saw one second
    fetch(here, 1);
    if (http2) {
        CHECK(here.peers[0].trace() == "PING");
        here.pass(1s);
    }
    CHECK(here.peers.size() == 2);
}

TEST_CASE("after a suspend with streams open the server is asked when it is next looked at")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    here.pass(5s);
    here.send(0, h2::headers(1, {{":status", "200"}})); // not silent
    here.peers[0].trace();
    here.clock->sleep(1h);
    here.pass(11'700ms); // 15 s after the request at the most, a tenth more
    CHECK(here.peers[0].trace() == "PING");
    here.pass(10s);
    CHECK(all[0].ec == errc::ping_timeout);
}

TEST_CASE("PINGs are off where the caller says so")
{
    scripted_world here(scripted_world::http2().ping(time_limit::off(), 10s));
    auto& all = fetch(here, 1);
    here.peers[0].trace();
    here.pass(5min);
    CHECK(here.peers[0].trace().empty());
    here.send(0, h2::response(1));
    CHECK(all[0].good());
}
