#include "pool/plan.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <vector>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

using fetched = outcome_of<whole_response>;

/// `count` requests at once.
std::vector<fetched> fetch(client_world& in, std::size_t count)
{
    std::vector<fetched> all(count);
    for (auto& one : all)
        in.http->async_fetch(in.get(), one.why, one.handler());
    return all;
}

std::size_t good(const std::vector<fetched>& all)
{
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const auto& one) { return one.calls == 1 && !one.ec; }));
}

void answer_all(client_world& in)
{
    for (std::size_t i = 0; i < in.seen.size(); ++i) {
        if (in.seen[i]->carried.carrier != nullptr && in.seen[i]->head.empty())
            in.seen[i]->answer("ok");
    }
    in.settle();
}

pool::counts numbers(std::size_t waiting, std::size_t connections, std::size_t dials,
                     std::size_t per_dial, std::size_t most, std::size_t most_dials)
{
    pool::counts now;
    now.waiting = waiting;
    now.connections = connections;
    now.dials = dials;
    now.streams_per_dial = per_dial;
    now.max_connections = most;
    now.max_dials = most_dials;
    return now;
}

} // namespace

TEST_CASE("dials under way count as capacity")
{
    using pool::dials_to_start;
    CHECK(dials_to_start(numbers(0, 0, 0, 100, 10, 10)) == 0);
    CHECK(dials_to_start(numbers(1, 0, 0, 100, 10, 10)) == 1);
    CHECK(dials_to_start(numbers(100, 0, 1, 100, 10, 10)) == 0);
    CHECK(dials_to_start(numbers(101, 0, 1, 100, 10, 10)) == 1);
    CHECK(dials_to_start(numbers(250, 0, 0, 100, 10, 10)) == 3);
    CHECK(dials_to_start(numbers(250, 3, 3, 100, 10, 10)) == 0);
    CHECK(dials_to_start(numbers(5, 0, 0, 1, 10, 3)) == 3); // max_dials
    CHECK(dials_to_start(numbers(5, 8, 1, 1, 10, 10)) == 1); // max_connections
    CHECK(dials_to_start(numbers(5, 12, 0, 1, 10, 10)) == 0);
}

TEST_CASE("250 waiters with a target of 100 streams start 3 dials, not 250")
{
    client_world here(true, client_options().streams_per_connection(100));
    auto all = fetch(here, 250);
    CHECK(here.dials == 3);
    CHECK(here.http->counts().waiting == 250);
    CHECK(here.http->counts().dials == 3);
    here.settle();
    CHECK(here.seen.size() == 250);
    CHECK(here.http->counts().streams == 250);
    CHECK(here.links.front().requests.size() == 100);
    answer_all(here);
    CHECK(good(all) == 250);
    CHECK(here.idle());
    CHECK(here.dials == 3);
}

TEST_CASE("a connection without SETTINGS yet counts as what it will carry: 1,000 waiters, 4 dials")
{
    client_world here(true, client_options().streams_per_connection(250).max_in_flight(1000));
    auto all = fetch(here, 1000);
    CHECK(here.dials == 4);
    here.settle();
    CHECK(here.seen.size() == 1000);
    CHECK(here.dials == 4);
    answer_all(here);
    CHECK(good(all) == 1000);
}

TEST_CASE(
    "what SETTINGS leave unserved is dialled for, and the limit is remembered for those dials")
{
    client_world here(true, client_options().streams_per_connection(250).max_in_flight(500));
    here.server_limits.streams = 50;
    auto all = fetch(here, 500);
    CHECK(here.dials == 2);
    here.settle();
    CHECK(here.dials == 10);
    for (int i = 0; i != 6; ++i)
        answer_all(here);
    CHECK(good(all) == 500);
}

TEST_CASE("the target may be passed only when no connection may be opened (max_connections)")
{
    client_world here(true, client_options().streams_per_connection(2).max_connections(2));
    auto all = fetch(here, 10);
    here.settle();
    CHECK(here.dials == 2);
    CHECK(here.seen.size() == 10);
    answer_all(here);
    CHECK(good(all) == 10);
}

TEST_CASE("HTTP/1.1 carries one request a connection, and finished ones are used again, in order")
{
    client_world here(false, client_options().max_connections(2));
    auto all = fetch(here, 6);
    here.settle();
    CHECK(here.dials == 2);
    CHECK(here.seen.size() == 2);
    answer_all(here);
    CHECK(here.seen.size() == 4);
    answer_all(here);
    answer_all(here);
    CHECK(here.seen.size() == 6);
    CHECK(good(all) == 6);
    CHECK(here.dials == 2);
    CHECK(here.idle());
}

TEST_CASE("a request that follows another takes its connection and dials none")
{
    const bool http2 = GENERATE(false, true);
    client_world here(http2, client_options().max_in_flight(1));
    here.on_request = [](served& r) { r.answer("ok"); };
    auto all = fetch(here, 20);
    here.settle();
    CHECK(good(all) == 20);
    CHECK(here.dials == 1);
}

TEST_CASE("no more dials are under way than max_dials")
{
    client_world here(false, client_options().max_dials(3));
    here.black_hole = true;
    auto all = fetch(here, 10);
    CHECK(here.dials == 3);
    here.http.reset();
    here.settle();
}

TEST_CASE("a failed dial fails those whom nothing else can serve, and the next one waits a while")
{
    client_world here(true);
    here.refuse = errc::connect_failed;
    auto all = fetch(here, 3);
    here.settle();
    for (const auto& one : all) {
        CHECK(one.calls == 1);
        CHECK(one.ec == errc::connect_failed);
        CHECK(one.why.processing == processing::never_sent);
        CHECK(one.why.phase == phase::connect);
        CHECK(one.why.detail == "refused by the test");
    }
    CHECK(here.idle());
    CHECK(here.dials == 1);
    auto again = fetch(here, 1);
    here.settle();
    CHECK(here.dials == 1);
    here.pass(100ms); // the first backoff is 50 to 100 ms
    CHECK(here.dials == 2);
    CHECK(again[0].ec == errc::connect_failed);
    here.refuse = {};
    here.on_request = [](served& r) { r.answer("ok"); };
    auto last = fetch(here, 1);
    here.pass(200ms);
    CHECK(good(last) == 1);
}

TEST_CASE("a failed dial does not fail those whom another connection serves")
{
    client_world here(true, client_options().streams_per_connection(1));
    auto first = fetch(here, 1);
    here.settle();
    here.refuse = errc::connect_failed;
    auto second = fetch(here, 1);
    here.settle();
    CHECK(second[0].calls == 0);
    CHECK(here.seen.size() == 2); // beyond the target, as no connection may be opened now
    answer_all(here);
    CHECK(good(first) + good(second) == 2);
}

TEST_CASE("a failed dial fails waiters when the only connection left is draining")
{
    client_world here(true);
    here.server_limits.streams = 1;
    auto first = fetch(here, 1);
    here.settle();
    here.links.front().go_away(1);
    here.settle();
    here.refuse = errc::connect_failed;
    auto second = fetch(here, 1);
    here.settle();
    CHECK(second[0].calls == 1);
    CHECK(second[0].ec == errc::connect_failed);
    answer_all(here);
    CHECK(good(first) == 1);
}

TEST_CASE(
    "after GOAWAY what it excludes is sent again on another connection, what it includes ends")
{
    client_world here(true);
    auto all = fetch(here, 4);
    here.settle();
    CHECK(here.dials == 1);
    here.links.front().go_away(3); // streams 1 and 3 are served, 5 and 7 are not
    here.settle();
    CHECK(here.dials == 2);
    CHECK(here.links.size() == 2);
    CHECK(here.links.back().requests.size() == 2);
    answer_all(here);
    CHECK(good(all) == 4);
    CHECK(here.http->counts().connections == 1);
    CHECK(here.idle());
}

TEST_CASE("MAX_CONCURRENT_STREAMS makes waiters wait, lowered to 0 as well")
{
    client_world here(true, client_options().max_connections(1));
    here.server_limits.streams = 2;
    auto first = fetch(here, 1);
    here.settle(); // SETTINGS have arrived
    auto more = fetch(here, 3);
    here.settle();
    CHECK(here.seen.size() == 2);
    CHECK(here.http->counts().waiting == 2);
    here.links.front().set_max_streams(0);
    here.settle();
    answer_all(here);
    CHECK(here.seen.size() == 2);
    CHECK(here.http->counts().waiting == 2);
    CHECK(here.dials == 1);
    here.links.front().set_max_streams(1);
    here.settle();
    CHECK(here.seen.size() == 3);
    answer_all(here);
    CHECK(here.seen.size() == 4);
    answer_all(here);
    CHECK(good(first) + good(more) == 4);
    CHECK(here.idle());
}

TEST_CASE("an unused connection is closed after the idle timeout, and not before")
{
    const bool http2 = GENERATE(true, false);
    client_world here(http2, client_options().idle_timeout(3000ms, 2000ms));
    const auto limit = http2 ? 3000ms : 2000ms;
    here.on_request = [](served& r) { r.answer("ok"); };
    auto one = fetch(here, 1);
    here.settle();
    here.pass(limit - 1ms);
    CHECK(here.http->counts().connections == 1);
    auto two = fetch(here, 1); // it is used again, and the time starts anew
    here.settle();
    here.pass(limit - 1ms);
    CHECK(here.http->counts().connections == 1);
    here.pass(1ms);
    CHECK(here.http->counts().connections == 0);
    CHECK(here.dials == 1);
    CHECK(here.clock->armed() == 0);
}

TEST_CASE("a slot kept by a reset stream comes back when the peer shows life, and it is asked to")
{
    client_world here(true, client_options().max_connections(1));
    here.server_limits.streams = 1;
    here.on_request = [](served& r) { r.begin(); };
    {
        outcome_of<response> first;
        here.http->async_send(here.get(), first.handler());
        here.settle();
        CHECK(first.got.status() == 200);
        auto waits = fetch(here, 1);
        here.settle();
        CHECK(here.http->counts().waiting == 1);
        here.on_request = [](served& r) { r.answer("ok"); };
        first.got.body().cancel();
        here.settle();
        CHECK(good(waits) == 1);
    }
    CHECK(here.http->counts().streams == 0);
    CHECK(here.idle());
}

TEST_CASE("a refused request is sent again at most max_replays times")
{
    client_world here(true, client_options().max_replays(2));
    auto warm = fetch(here, 1);
    here.settle();
    answer_all(here);
    here.refusing = true;
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::stream_refused);
    CHECK(one.why.processing == processing::refused);
    CHECK(one.why.attempts == 3);
    CHECK(here.idle());
}

TEST_CASE("a used HTTP/1.1 connection that closed without an answer is replaced once, POST or not")
{
    client_world here(false);
    here.on_request = [](served& r) { r.answer("ok"); };
    auto first = fetch(here, 1);
    here.settle();
    here.on_request = [](served& r) { r.link.close(); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::connection_closed);
    CHECK(one.why.attempts == 2); // the second time on a new connection
    CHECK(one.why.processing == processing::maybe);
    CHECK(here.dials == 2);
    CHECK(here.idle());
}

TEST_CASE("what may have been processed is sent again only where that does no harm")
{
    const bool http2 = GENERATE(true, false);
    const bool harmless = GENERATE(true, false);
    client_world here(http2);
    int requests = 0;
    here.on_request = [&](served& r) {
        if (++requests == 1)
            r.link.close();
        else
            r.answer("ok");
    };
    outcome_of<whole_response> one;
    auto what = here.post("x");
    what.idempotent(harmless);
    here.http->async_fetch(what, one.why, one.handler());
    here.settle();
    CHECK(one.calls == 1);
    CHECK(requests == (harmless ? 2 : 1));
    CHECK(one.ec.failed() == !harmless);
    if (!harmless)
        CHECK(one.why.processing == processing::maybe);
    CHECK(here.idle());
}
