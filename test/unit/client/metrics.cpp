#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <aloft/metrics.hpp>

#include <algorithm>
#include <numeric>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

std::uint64_t failed_in_all(const client_metrics& m)
{
    return std::accumulate(m.failed.begin(), m.failed.end(), std::uint64_t{0});
}

/// Nothing is counted as waiting, in flight or unended.
bool at_rest(const client_metrics& m)
{
    return m.started == m.succeeded + m.cancelled + failed_in_all(m) && m.queued.count() == 0 &&
           m.waiting.count() == 0 && m.in_flight.count() == 0;
}

} // namespace

TEST_CASE("metrics tell each phase of a request")
{
    const bool http2 = GENERATE(true, false);
    client_world here(http2, client_options().max_in_flight(1));
    outcome_of<whole_response> one;
    outcome_of<whole_response> two;
    here.http->async_fetch(here.get(), one.handler());
    here.http->async_fetch(here.get(), two.handler());
    here.pass(30ms);
    REQUIRE(here.seen.size() == 1);
    here.last().begin();
    here.pass(500ms);
    here.last().write("hello");
    here.last().end();
    here.settle();
    REQUIRE(one.calls == 1);
    here.pass(7ms);
    here.last().answer("world");
    here.settle();
    REQUIRE(two.calls == 1);

    const auto m = here.http->metrics();
    CHECK(at_rest(m));
    CHECK(m.started == 2);
    CHECK(m.succeeded == 2);
    CHECK(m.answered[2] == 2);
    CHECK(m.received == 10);
    CHECK(m.queue.count() == 2);
    CHECK(m.queue.least() == 0);
    CHECK(m.queue.sum() == 530);
    CHECK(m.head.sum() == 30 + 7);
    CHECK(m.head.greatest() == 30);
    CHECK(m.body.greatest() == 500);
    CHECK(m.body.least() == 0);
    CHECK(m.total.sum() == 530 + 537);
    CHECK(m.connections.connect.count() == 1);
    CHECK(m.connections.dials == 1);
    CHECK(m.connections.opened == 1);
    CHECK(m.connections.ended == 0);
    CHECK(m.now.connections == 1);
}

TEST_CASE("queue lengths are summed over time, so that their means are exact")
{
    client_world here(true, client_options().max_in_flight(2));
    const auto before = here.http->metrics();
    std::vector<outcome_of<whole_response>> all(5);
    for (auto& one : all)
        here.http->async_fetch(here.get(), one.handler());
    here.pass(100ms);
    auto m = here.http->metrics();
    CHECK(m.now.queued == 3);
    CHECK(m.queued.count() == m.now.queued);
    CHECK(m.in_flight.count() == m.now.in_flight);
    CHECK(m.queued.sum() == 300);
    CHECK(m.in_flight.sum() == 200);
    CHECK(m.queued.mean_since(before.queued) == 3.0);
    const auto full = m;

    here.last().answer("a");
    here.pass(300ms);
    m = here.http->metrics();
    CHECK(m.queued.sum() == 300 + 2 * 300);
    CHECK(m.queued.mean_since(full.queued) == 2.0);
    CHECK(m.in_flight.mean_since(full.in_flight) == 2.0);
    CHECK(m.at - before.at == 400ms);

    here.http->max_in_flight(10);
    here.settle();
    CHECK(here.http->metrics().queued.count() == 0);
    for (auto* r : here.seen) {
        if (!r->over())
            r->answer("b");
    }
    here.pass(1s);
    CHECK(at_rest(here.http->metrics()));
    CHECK(here.http->metrics().queued.sum() == 900);
}

TEST_CASE("requests that wait for a connection are told apart from those that wait for a permit")
{
    client_world here(true);
    here.black_hole = true;
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.pass(4s);
    auto m = here.http->metrics();
    CHECK(m.waiting.count() == 1);
    CHECK(m.waiting.sum() == 4000);
    CHECK(m.queued.sum() == 0);
    CHECK(m.now.dials == 1);
    here.pass(60s);
    REQUIRE(one.calls == 1);
    m = here.http->metrics();
    CHECK(at_rest(m));
    CHECK(m.waiting.sum() == 10'000); // the connect deadline
    CHECK(m.connections.dials_failed == 1);
    CHECK(m.failed_in(phase::connect) == 1);
    CHECK(m.connections.connect.count() == 0);
}

TEST_CASE("metrics tell replays by their cause")
{
    client_world here(true);
    here.on_request = [&](served& r) {
        if (here.seen.size() == 1)
            r.reset(7); // REFUSED_STREAM
        else if (here.seen.size() == 2)
            r.link.close();
        else
            r.answer("hello");
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    CHECK(one.got.body() == "hello");
    const auto m = here.http->metrics();
    CHECK(at_rest(m));
    CHECK(m.replayed(replay_cause::refused) == 1);
    CHECK(m.replayed(replay_cause::idempotent) == 1);
    CHECK(m.replayed(replay_cause::unsent) == 0);
    CHECK(m.reset == 1);
    CHECK(m.queue.count() == 3); // each attempt
    CHECK(m.head.count() == 1);
    CHECK(m.connections.opened == 2);
    CHECK(m.connections.ended == 1);
    CHECK(m.succeeded == 1);
}

TEST_CASE("a reused connection that closes before any answer is a replay of its own kind")
{
    client_world here(false);
    here.on_request = [&](served& r) {
        if (here.seen.size() == 2)
            r.link.close();
        else
            r.answer("hello");
    };
    for (int i = 0; i != 2; ++i) {
        outcome_of<whole_response> one;
        here.http->async_fetch(here.get(), one.handler());
        here.settle();
        REQUIRE(one.calls == 1);
        CHECK(one.got.body() == "hello");
    }
    CHECK(here.http->metrics().replayed(replay_cause::stale) == 1);
}

TEST_CASE("what was cancelled, abandoned and failed is told apart")
{
    client_world here(true, client_options().deadlines(deadlines().head(1s)));
    outcome_of<response> late;
    here.http->async_send(here.post("x"), late.handler());
    here.pass(2s);
    REQUIRE(late.calls == 1);
    auto m = here.http->metrics();
    CHECK(m.failed_in(phase::head) == 1);
    CHECK(m.abandoned == 1);

    here.on_request = [](served& r) { r.begin(); };
    {
        outcome_of<response> dropped;
        here.http->async_send(here.get(), dropped.handler());
        here.settle();
        REQUIRE(dropped.calls == 1);
    }
    here.settle();
    m = here.http->metrics();
    CHECK(m.cancelled == 1);
    CHECK(m.abandoned == 2);
    CHECK(m.head.count() == 1);
    CHECK(m.total.count() == 0); // nothing succeeded
    CHECK(at_rest(m));

    outcome_of<response> invalid;
    here.http->async_send(request("GET", "nonsense"), invalid.handler());
    here.settle();
    m = here.http->metrics();
    CHECK(m.failed_in(phase::prepare) == 1);
    CHECK(at_rest(m));
}

TEST_CASE("a full queue and a closed client leave nothing counted")
{
    client_world here(true, client_options().max_in_flight(1).max_waiting(1));
    std::vector<outcome_of<response>> all(3);
    for (auto& one : all)
        here.http->async_send(here.get(), one.handler());
    here.settle();
    CHECK(all[2].ec == errc::queue_full);
    auto m = here.http->metrics();
    CHECK(m.started == 3);
    CHECK(m.failed_in(phase::queue) == 1);
    CHECK(m.queued.count() == 1);
    here.core->close();
    here.settle();
    m = here.http->metrics();
    CHECK(at_rest(m));
    CHECK(m.connections.ended == m.connections.opened);
}

TEST_CASE("a reader that lets a stream's window fill is told as a stall")
{
    session_limits limits;
    limits.stream_window = 32 * 1024;
    client_world here(true, client_options().limits(limits));
    here.on_request = [](served& r) { r.answer(std::string(200'000, 'x')); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    CHECK(here.http->metrics().response_stalls == 0); // told as the reader goes on
    outcome_of<std::string> all;
    one.got.body().async_collect(all.handler());
    here.settle();
    REQUIRE(all.got.size() == 200'000);
    CHECK(here.http->metrics().response_stalls >= 1);
}

TEST_CASE("an upload that the server does not take is told as a stall, with its length")
{
    const bool http2 = GENERATE(true, false);
    client_world here(http2);
    here.pipe_capacity = 16 * 1024;
    here.server_limits.stream_window = 64 * 1024;
    here.servers_read = false;
    here.on_request = [](served& r) { r.answer("thanks"); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post(std::string(400'000, 'x')), one.handler());
    here.pass(3s);
    CHECK(one.calls == 0);
    here.servers_read = true;
    here.links.front().requests.front().read();
    here.settle();
    REQUIRE(one.calls == 1);
    const auto m = here.http->metrics();
    CHECK(m.upload_stalls == 1);
    CHECK(m.upload_stalled == 3000);
}

TEST_CASE("redirects and resets that are held back are counted")
{
    session_limits limits;
    limits.reset_burst = 1;
    client_world here(true, client_options().limits(limits));
    here.on_request = [](served& r) {
        if (r.header(":path") == "/from") {
            r.head.add("location", "/to");
            r.answer("", 302);
        } else if (r.header(":path") == "/to") {
            r.answer("hello");
        }
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get("/from"), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    auto m = here.http->metrics();
    CHECK(m.redirected == 1);
    CHECK(m.answered[3] == 1);
    CHECK(m.answered[2] == 1);
    CHECK(m.succeeded == 1);

    here.on_request = [](served& r) { r.begin(); };
    std::vector<outcome_of<response>> cancelled(3);
    for (auto& c : cancelled)
        here.http->async_send(here.get(), c.handler());
    here.settle();
    for (auto& c : cancelled)
        c.got.body().cancel();
    here.settle();
    m = here.http->metrics();
    CHECK(m.abandoned == 3);
    CHECK(m.now.deferred_resets == 2);
    CHECK(at_rest(m));
}

namespace {

class connection_diary final : public observer {
public:
    void connected(const origin&, const connection_facts&) override { told.emplace_back("up"); }
    void disconnected(const origin& from, const connection_facts& facts,
                      const error_code& why) override
    {
        told.push_back("down " + from.authority() + " " + std::string(facts.protocol) + ": " +
                       (why ? why.message() : "in peace"));
    }
    std::vector<std::string> told;
};

} // namespace

TEST_CASE("an observer is told when a connection ends, and why")
{
    const auto seen = std::make_shared<connection_diary>();
    client_world here(true, client_options().observe(seen));
    here.on_request = [](served& r) { r.answer("hello"); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    here.pass(100s); // idle
    here.pass(1s);
    using lines = std::vector<std::string>;
    CHECK(seen->told == lines{"up", "down server h2: in peace"});
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    here.http.reset();
    CHECK(seen->told.back() == "down server h2: " + make_error_code(errc::client_closed).message());
}
