#include "support/catch.hpp"
#include "support/scripted_world.hpp"

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

std::size_t connections(const scripted_world& in)
{
    return in.http->counts().connections;
}

/// HTTP/2 whose PINGs do not get in the way.
client_options calm()
{
    return scripted_world::http2().ping(time_limit::off(), 10s);
}

} // namespace

TEST_CASE("maximum age: a successor is opened first, then the old connection ends in peace")
{
    scripted_world here(calm().max_age(60s));
    auto& first = fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 1 end");
    here.pass(47'900ms);
    CHECK(here.peers.size() == 1);
    here.pass(12'200ms); // 48 to 60 s
    CHECK(here.peers.size() == 2);
    CHECK(here.peers[0].trace() == "GOAWAY");
    CHECK_FALSE(here.peers[0].left());
    auto& second = fetch(here, 1);
    CHECK(here.peers[1].trace() == "HEADERS 1 end");
    here.send(0, h2::response(1));
    CHECK(first[0].good());
    CHECK(here.peers[0].left());
    here.send(1, h2::response(1));
    CHECK(second[0].good());
    CHECK(here.idle());
}

TEST_CASE("an aged connection serves on while its successor cannot be opened")
{
    scripted_world here(calm().max_age(60s).max_connections(1));
    auto& first = fetch(here, 1);
    here.refuse = errc::connect_failed;
    here.pass(90s);
    auto& second = fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 1 end, HEADERS 3 end");
    here.refuse = {};
    here.pass(10s);
    CHECK(here.peers.size() == 2);
    CHECK(here.peers[0].trace() == "GOAWAY");
    here.send(0, h2::response(1) + h2::response(3));
    CHECK(first[0].good());
    CHECK(second[0].good());
}

TEST_CASE("connections opened together do not leave together: the age has jitter")
{
    scripted_world here(calm().max_age(100s).streams_per_connection(1));
    fetch(here, 20);
    CHECK(here.peers.size() == 20);
    here.pass(79'900ms);
    CHECK(here.peers.size() == 20);
    here.pass(10s);
    CHECK(here.peers.size() > 22);
    CHECK(here.peers.size() < 38);
    here.pass(10'200ms);
    CHECK(here.peers.size() == 40);
}

TEST_CASE("an idle connection that grows old is closed, and replaced by none")
{
    scripted_world here(calm().max_age(60s));
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.pass(61s);
    CHECK(here.peers[0].left());
    CHECK(here.peers.size() == 1);
    CHECK(connections(here) == 0);
}

TEST_CASE("min_connections are opened with the first request, and kept though unused")
{
    scripted_world here(calm().min_connections(3).max_age(time_limit::off()));
    auto& first = fetch(here, 1);
    CHECK(here.peers.size() == 3);
    here.send(0, h2::response(1));
    CHECK(first[0].good());
    here.pass(5min);
    CHECK(connections(here) == 3);
    here.send(1, h2::goaway(0, h2::no_error));
    CHECK(connections(here) == 2);
    fetch(here, 1);
    CHECK(here.peers.size() == 4);
    CHECK(connections(here) == 3);
}

TEST_CASE("warm_up opens connections before the first request")
{
    scripted_world here(calm().min_connections(2));
    error_code ec;
    here.http->warm_up(url::parse("http://server/v1", ec));
    here.settle();
    CHECK(here.peers.size() == 2);
    fetch(here, 1);
    CHECK(here.peers[0].trace() == "HEADERS 1 end");
    CHECK(here.peers.size() == 2);
    scripted_world alone(calm());
    alone.http->warm_up(url::parse("http://server", ec));
    alone.settle();
    CHECK(alone.peers.size() == 1);
}

TEST_CASE("MAX_CONCURRENT_STREAMS lowered to 0 in mid-flight: who waits goes to another connection")
{
    scripted_world here(calm());
    auto& all = fetch(here, 2);
    here.peers[0].trace();
    here.send(0, h2::settings({{h2::max_concurrent_streams, 0}}));
    auto& more = fetch(here, 2);
    CHECK(here.peers[0].trace().empty());
    CHECK(here.peers[1].trace() == "HEADERS 1 end, HEADERS 3 end");
    here.send(0, h2::response(1) + h2::response(3));
    here.send(1, h2::response(1) + h2::response(3));
    for (const auto& one : all)
        CHECK(one.good());
    for (const auto& one : more)
        CHECK(one.good());
    CHECK(here.idle());
}

TEST_CASE("MAX_CONCURRENT_STREAMS lowered between submitting and sending: sent elsewhere, or later")
{
    const std::uint32_t limit = GENERATE(0U, 1U, 2U);
    scripted_world here(calm());
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.peers[0].trace();
    // Both happen before the loop has a turn: the requests are submitted, the SETTINGS are read
    // before they are written.
    auto& all = here.results(3);
    here.peers[0].send(h2::settings({{h2::max_concurrent_streams, limit}}));
    for (auto& one : all)
        here.http->async_fetch(here.get(), one.why, one.handler());
    here.settle();
    std::string first;
    std::string rest;
    for (std::int32_t stream = 1; stream <= 9; stream += 2)
        (stream < 3 + 2 * static_cast<std::int32_t>(limit) && stream > 1 ? first : rest) +=
            h2::response(stream);
    if (!first.empty())
        here.send(0, first);
    for (std::size_t i = 1; i < here.peers.size(); ++i)
        here.send(i, h2::response(1) + h2::response(3) + h2::response(5));
    here.pass(1s);
    for (const auto& one : all)
        CHECK(one.good());
    CHECK(here.idle());
}

TEST_CASE("servers that take no stream at all are not dialled without end, and nobody is lost")
{
    scripted_world here(calm().max_connections(50));
    here.greeting = h2::settings({{h2::max_concurrent_streams, 0}});
    auto& all = fetch(here, 5);
    here.pass(10s);
    const auto tried = here.peers.size();
    CHECK(tried > 2);
    CHECK(tried < 12); // the first that answers with 0 slows the dials down
    for (const auto& one : all)
        CHECK(one.calls == 0);
    here.send(0, h2::settings({{h2::max_concurrent_streams, 5}}));
    here.pass(1s);
    std::string answers;
    for (std::int32_t stream = 1; stream <= 9; stream += 2)
        answers += h2::response(stream);
    here.peers[0].trace();
    here.send(0, answers);
    for (const auto& one : all)
        CHECK(one.good());
    CHECK(here.idle());
}

TEST_CASE("with one connection allowed, waiters wait out a limit of 0 and are served in order")
{
    scripted_world here(calm().max_connections(1));
    fetch(here, 1);
    here.send(0, h2::settings({{h2::max_concurrent_streams, 0}}) + h2::response(1));
    here.peers[0].trace();
    auto& all = fetch(here, 3);
    here.pass(30s);
    CHECK(here.peers[0].trace().empty());
    here.send(0, h2::settings({{h2::max_concurrent_streams, 2}}));
    CHECK(here.peers[0].trace() == "HEADERS 3 end, HEADERS 5 end");
    here.send(0, h2::response(3));
    CHECK(here.peers[0].trace() == "HEADERS 7 end");
    here.send(0, h2::response(5) + h2::response(7));
    for (const auto& one : all)
        CHECK(one.good());
}

TEST_CASE("the limit an origin told is kept for the next dial: no stream more before its SETTINGS")
{
    scripted_world here(calm());
    here.greeting = h2::settings({{h2::max_concurrent_streams, 2}});
    fetch(here, 2);
    here.send(0, h2::response(1) + h2::response(3) + h2::goaway(3, h2::no_error));
    here.greeting.clear(); // the next one's SETTINGS are late
    fetch(here, 4);
    CHECK(here.peers.size() == 3);
    CHECK(here.peers[1].trace() == "HEADERS 1 end, HEADERS 3 end");
    CHECK(here.peers[2].trace() == "HEADERS 1 end, HEADERS 3 end");
}
