#include "unit/autoglm/model_world.hpp"

#include <aloft/trace_context.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <string>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::string_view answer =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}"
    "\n\ndata: [DONE]\n\n";

autoglm::options hedged(const hedge_rules& rules = hedge_rules())
{
    return autoglm::options("http://server/v1").hedging(rules);
}

void give(served& r)
{
    if (!r.carried.outgoing_body)
        r.begin();
    r.write(answer);
    r.end();
}

/// A client that has learned that answers take a tenth of a second, and one request more, whose
/// copies are answered by hand.
struct late_world : model_world {
    explicit late_world(bool http2 = true, client_options with = without_retries(),
                        const autoglm::options& model = hedged(hedge_rules().budget(0.5))) :
        model_world(http2, std::move(with), model)
    {
        for (int i = 0; i < 30; ++i) {
            outcome_of<autoglm::reply> each;
            glm.async_stream(question(), why, each.handler());
            pass(100ms);
            give(last());
            settle();
            REQUIRE_FALSE(each.ec);
        }
        before = seen.size();
        ask();
        pass(100ms);
        REQUIRE(copies() == 1);
    }
    [[nodiscard]] std::size_t copies() const { return seen.size() - before; }
    served& copy(std::size_t number) { return *seen.at(before + number); }
    std::string text()
    {
        while (one.got.try_next() != nullptr) {
        }
        return std::string(one.got.text());
    }

    std::size_t before = 0;
};

} // namespace

TEST_CASE("a request whose first event is late is sent again, and the copy that answers is taken")
{
    late_world here(any_version());
    here.copy(0).begin(); // a head is no event
    here.pass(20ms);
    REQUIRE(here.copies() == 2);
    CHECK(here.copy(0).body == here.copy(1).body);
    CHECK(here.http->counts().in_flight == 2);
    CHECK(here.glm.hedges().sent == 1);
    SECTION("the second")
    {
        give(here.copy(1));
        here.settle();
        REQUIRE(here.one.calls == 1);
        CHECK(here.text() == "hi");
        CHECK(here.copy(0).over()); // cancelled on the wire
        CHECK(here.glm.hedges().won == 1);
    }
    SECTION("the first after all")
    {
        give(here.copy(0));
        here.settle();
        REQUIRE(here.one.calls == 1);
        CHECK(here.text() == "hi");
        CHECK(here.copy(1).over());
        CHECK(here.glm.hedges().won == 0);
    }
    CHECK(here.glm.hedges().lost_bytes >= here.copy(0).body.size());
    here.one.got = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("each copy of a hedged request is a span of its own, of the same trace")
{
    const auto trace =
        trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    late_world here(true, without_retries().trace([&](const request&) { return trace->child(); }));
    here.pass(20ms);
    REQUIRE(here.copies() == 2);
    const auto first = trace_context::parse(here.copy(0).header("traceparent"));
    const auto second = trace_context::parse(here.copy(1).header("traceparent"));
    REQUIRE((first && second));
    CHECK(first->trace_id() == trace->trace_id());
    CHECK(second->trace_id() == trace->trace_id());
    CHECK(first->span_id() != second->span_id());
}

TEST_CASE("a request that is answered in time is sent once")
{
    late_world here;
    give(here.copy(0));
    here.pass(60s);
    CHECK(here.copies() == 1);
    CHECK(here.glm.hedges().sent == 0);
}

TEST_CASE("a hedge needs a permit of its own, and takes none that somebody waits for")
{
    late_world here(true, without_retries().max_in_flight(1));
    SECTION("none is free") {}
    SECTION("somebody waits")
    {
        here.http->max_in_flight(2);
        outcome_of<whole_response> others[2];
        for (auto& other : others)
            here.http->async_fetch(here.get(), other.handler());
        here.pass(60s);
        CHECK(here.seen.size() == here.before + 2);
        here.http.reset();
        here.settle();
        return;
    }
    here.pass(60s);
    CHECK(here.copies() == 1);
    CHECK(here.glm.hedges().sent == 0);
    CHECK(here.http->counts().queued == 0);
    give(here.copy(0));
    here.settle();
    CHECK(here.text() == "hi");
}

TEST_CASE("hedges beyond their budget are not sent")
{
    late_world here(true, without_retries(), hedged(hedge_rules().budget(0)));
    here.pass(20ms);
    CHECK(here.copies() == 2); // the one that is free
    give(here.copy(0));
    here.settle();
    outcome_of<autoglm::reply> next;
    here.glm.async_stream(question(), here.why, next.handler());
    here.pass(60s);
    CHECK(here.copies() == 3);
}

TEST_CASE("a copy that fails leaves the other one; where both fail the first one's failure counts")
{
    late_world here;
    here.pass(20ms);
    REQUIRE(here.copies() == 2);
    SECTION("the first fails")
    {
        here.copy(0).answer("", 400);
        here.settle();
        CHECK(here.one.calls == 0);
        give(here.copy(1));
        here.settle();
        CHECK(here.text() == "hi");
    }
    SECTION("the second fails")
    {
        here.copy(1).answer("", 400);
        here.settle();
        CHECK(here.one.calls == 0);
        give(here.copy(0));
        here.settle();
        CHECK(here.text() == "hi");
    }
    SECTION("both fail")
    {
        here.copy(0).answer("", 404);
        here.copy(1).answer("", 400);
        here.settle();
        CHECK(here.one.ec == errc::http_status);
        CHECK(here.why.server.status == 404);
    }
    here.one.got = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("cancelling the wait cancels both copies on the wire")
{
    late_world here;
    here.one = {};
    asio::cancellation_signal stop;
    give(here.copy(0));
    here.settle();
    const auto before = here.seen.size();
    outcome_of<autoglm::reply> next;
    here.glm.async_stream(question(), here.why,
                          asio::bind_cancellation_slot(stop.slot(), next.handler()));
    here.pass(120ms);
    REQUIRE(here.seen.size() == before + 2);
    stop.emit(asio::cancellation_type::total);
    here.settle();
    CHECK(next.ec == asio::error::operation_aborted);
    CHECK(here.seen[before]->over());
    CHECK(here.seen[before + 1]->over());
}

TEST_CASE("a client that goes away ends both copies")
{
    late_world here;
    here.pass(20ms);
    REQUIRE(here.copies() == 2);
    {
        const auto gone = std::move(here.glm);
    }
    here.settle();
    CHECK(here.one.ec == errc::client_closed);
}

TEST_CASE("while nothing is known, and where hedging is off, nothing is sent twice")
{
    const bool on = GENERATE(true, false);
    model_world here(true, without_retries(), on ? hedged() : autoglm::options("http://server/v1"));
    here.ask();
    here.pass(300s);
    CHECK(here.seen.size() == 1);
    CHECK(here.glm.hedges().sent == 0);
}
