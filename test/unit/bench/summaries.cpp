#include "bench/series.hpp"
#include "bench/summary.hpp"
#include "support/catch.hpp"

using namespace aloft::tools::bench;

namespace {

constexpr run_time ms = 1'000'000;

/// Due at `due` ms, begun 1 ms late, sent 2 ms after that; 11 tokens, 10 ms apart.
request_record answered(run_time due, run_time first_token = 50)
{
    request_record one;
    one.measured = true;
    one.intended = due * ms;
    one.queued = one.intended + ms;
    one.sent = one.queued + 2 * ms;
    one.head = one.intended + 20 * ms;
    one.first_event = one.intended + 40 * ms;
    one.first_content = one.intended + first_token * ms;
    one.last_content = one.first_content + 100 * ms;
    one.ended = one.last_content + 5 * ms;
    one.output_tokens = 11;
    one.prompt_tokens = 7;
    one.events = 13;
    return one;
}

double mean_of(const summary& of, measure what, counted_from since = counted_from::intended)
{
    const auto* const found = of.find(what);
    REQUIRE(found != nullptr);
    return found->from(since).mean();
}

} // namespace

TEST_CASE("each time is counted from when the request was due, was begun, and was sent")
{
    measurements seen;
    seen.records.push_back(answered(0));
    const summary result(seen, {});
    CHECK(mean_of(result, measure::first_byte) == 20);
    CHECK(mean_of(result, measure::first_event) == 40);
    CHECK(mean_of(result, measure::first_content) == 50);
    CHECK(mean_of(result, measure::first_content, counted_from::queued) == 49);
    CHECK(mean_of(result, measure::first_content, counted_from::sent) == 47);
    CHECK(mean_of(result, measure::last_content) == 150);
    CHECK(mean_of(result, measure::total) == 155);
    CHECK(mean_of(result, measure::token_time) == 10); // 10 gaps of 11 tokens
    CHECK(result.find(measure::action) == nullptr);
    CHECK(result.late.mean() == 1);
    CHECK(result.waited.mean() == 2);
}

TEST_CASE("the warm-up is left out of every figure")
{
    measurements seen;
    seen.records.push_back(answered(0, 900));
    seen.records.back().measured = false;
    seen.records.push_back(answered(1000));
    const summary result(seen, {});
    CHECK(result.completed == 1);
    CHECK(result.warm_up == 1);
    CHECK(mean_of(result, measure::first_content) == 50);
    CHECK(result.seconds == 0.155);
}

TEST_CASE("a failed request has no times, counts by kind, and is no good one")
{
    measurements seen;
    seen.records.push_back(answered(0));
    seen.records.push_back(answered(10));
    seen.records.back().error = seen.error_number("timeout", "it took too long");
    objectives wanted;
    REQUIRE(wanted.add("ttft:60").empty());
    const summary result(seen, wanted);
    CHECK(result.completed == 1);
    CHECK(result.failed == 1);
    CHECK(result.all() == 2);
    CHECK(result.good == 1);
    CHECK(result.find(measure::total)->from(counted_from::intended).count() == 1);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].name == "timeout");
    CHECK(result.errors[0].count == 1);
}

TEST_CASE("a good request keeps every objective")
{
    objectives wanted;
    CHECK(wanted.add("ttft:60,tpot:10").empty());
    CHECK(wanted.add("e2el:150").empty());
    CHECK(wanted.text() == "ttft <= 60 ms, tpot <= 10 ms, e2el <= 150 ms");
    CHECK(wanted.met(answered(0)));
    CHECK_FALSE(wanted.met(answered(0, 51))); // e2el
    CHECK_FALSE(wanted.met(answered(0, 61)));
    CHECK(wanted.add("ttft").find("wants MEASURE:MILLISECONDS") == 0);
    CHECK(wanted.add("itl:5").find("there are ttfb, first_event, ttft") != std::string::npos);
}

TEST_CASE("in flight at once is exact, and the steady window ends with the last request due")
{
    measurements seen;
    for (run_time due = 0; due != 10; ++due)
        seen.records.push_back(answered(due * 100)); // each 155 ms long
    const summary result(seen, {});
    CHECK(result.most_in_flight == 2);
    CHECK(result.steady.begin == 0);
    CHECK(result.steady.end == 0.9);
    CHECK(result.steady.completed == 8);
    CHECK(result.steady.output_tokens == 88);
    CHECK(result.steady.mean_in_flight == Approx(1.49).epsilon(0.01));
}

TEST_CASE("a run without a request that counts has no figures")
{
    measurements seen;
    seen.records.push_back(answered(0));
    seen.records.back().measured = false;
    const summary result(seen, {});
    CHECK(result.all() == 0);
    CHECK(result.measures.empty());
    CHECK(result.a_second(5) == 0);
}

TEST_CASE("the series tells what was due, came and was under way in each second")
{
    measurements seen;
    seen.records.push_back(answered(900)); // until 1055
    seen.records.push_back(answered(2000));
    seen.saw_event(950 * ms, true);
    seen.saw_event(1050 * ms, false);
    const auto all = series_of(seen, 1);
    REQUIRE(all.size() == 3);
    CHECK(all[0].due == 1);
    CHECK(all[0].completed == 0);
    CHECK(all[0].events == 1);
    CHECK(all[0].content_events == 1);
    CHECK(all[1].events == 1);
    CHECK(all[1].content_events == 0);
    CHECK(all[0].in_flight == Approx(0.1));
    CHECK(all[0].first_content_median == Approx(50));
    CHECK(all[1].due == 0);
    CHECK(all[1].completed == 1);
    CHECK(all[1].output_tokens == 11);
    CHECK(all[1].in_flight == Approx(0.055));
    CHECK(all[2].completed == 1);
    CHECK(series_of(seen, 2).size() == 2);
}
