#include "policy/rate_limiter.hpp"
#include "support/catch.hpp"

#include <aloft/rate_limits.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

using namespace aloft;
using namespace std::chrono_literals;
using policy::gcra;
using policy::parse_reset;
using policy::rate_limit_fields;
using policy::rate_limiter;
using policy::server_allowance;

namespace {

constexpr tick start = 1'000'000;

/// When each of `count` requests may be sent, if all want to be at once.
std::vector<tick> sending(gcra& limit, int count, std::uint64_t cost)
{
    std::vector<tick> times;
    tick now = start;
    for (int i = 0; i < count; ++i) {
        now = limit.ready_at(cost, now);
        limit.take(cost, now);
        times.push_back(now - start);
    }
    return times;
}

fields said(std::vector<std::pair<std::string, std::string>> all)
{
    fields head;
    for (const auto& [name, value] : all)
        head.add("x-ratelimit-" + name, value);
    return head;
}

} // namespace

TEST_CASE("requests a minute are spaced evenly behind the burst")
{
    gcra sixty(60, 1);
    CHECK(sending(sixty, 4, 1) == std::vector<tick>{0, 1000, 2000, 3000});
    gcra bursts(60, 3);
    CHECK(sending(bursts, 5, 1) == std::vector<tick>{0, 0, 0, 1000, 2000});
    gcra odd(7, 1); // 60 s / 7 is no whole number of ns, and none is early
    CHECK(sending(odd, 3, 1) == std::vector<tick>{0, 8572, 17144});
}

TEST_CASE("in no minute is more taken than the limit and the burst, whatever is asked for")
{
    std::mt19937 random(3); // NOLINT
    gcra limit(10'000, 500);
    std::vector<std::pair<tick, std::uint64_t>> taken;
    tick now = start;
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t cost = 1 + random() % 400;
        now = std::max<tick>(now + random() % 300, limit.ready_at(cost, now));
        if (now < limit.ready_at(cost, now))
            continue;
        limit.take(cost, now);
        taken.emplace_back(now, cost);
    }
    std::uint64_t sum = 0;
    for (std::size_t first = 0, last = 0; last < taken.size(); ++last) {
        sum += taken[last].second;
        while (taken[first].first + 60'000 <= taken[last].first)
            sum -= taken[first++].second;
        REQUIRE(sum <= 10'500);
    }
}

TEST_CASE("more than the burst is taken once the burst is there, and paid for afterwards")
{
    gcra tokens(60'000, 1000); // one a millisecond
    CHECK(sending(tokens, 3, 3000) == std::vector<tick>{0, 3000, 6000});
    CHECK(tokens.level(start + 6000) == -2000);
    tokens.give_back(2500);
    CHECK(tokens.level(start + 6000) == 500);
    CHECK(tokens.ready_at(3000, start + 6000) == start + 6500);
}

TEST_CASE("giving back never makes more than the burst")
{
    gcra tokens(60'000, 1000);
    tokens.take(100, start);
    tokens.give_back(100'000);
    CHECK(tokens.level(start + 1) == 1000);
    CHECK(sending(tokens, 3, 1000) == std::vector<tick>{0, 1000, 2000});
}

TEST_CASE("large limits do not overflow")
{
    gcra tokens(150'000'000, 2'500'000);
    tokens.take(150'000'000, start);
    CHECK(tokens.ready_at(2'500'000, start) == start + 60'000);
    gcra slow(1, 1);
    slow.take(1, start);
    CHECK(slow.ready_at(1, start) == start + 60'000);
}

TEST_CASE("resets are read in every form that servers write")
{
    const std::int64_t now = 1'790'000'000;
    CHECK(parse_reset("1s", now) == 1000ms);
    CHECK(parse_reset("6m0s", now) == 360'000ms);
    CHECK(parse_reset("120ms", now) == 120ms);
    CHECK(parse_reset("12ms", now) == 12ms);
    CHECK(parse_reset("1h2m3.5s", now) == 3'723'500ms);
    CHECK(parse_reset("8.64s", now) == 8640ms);
    CHECK(parse_reset("17.5\xC2\xB5s", now) == 1ms); // rounded up
    CHECK(parse_reset("59", now) == 59'000ms); // Azure
    CHECK(parse_reset("0.25", now) == 250ms);
    CHECK(parse_reset("-1", now) == 0ms);
    CHECK(parse_reset("0", now) == 0ms);
    CHECK(parse_reset("1790000020", now) == 20'000ms); // a time of day
    CHECK(parse_reset("1790000020500", now) == 20'500ms); // in milliseconds
    CHECK(parse_reset("1789999000", now) == 0ms); // over already
    CHECK(parse_reset("9999999h", now) == 24h);
    for (const char* bad : {"", "s", "soon", "1x", "1s2", "1m s", "nan", "inf", "1e400", "0x1p3"})
        CHECK_FALSE(parse_reset(bad, now));
}

TEST_CASE("fields that cannot be read are as if they were not there")
{
    const auto all = rate_limit_fields::of(
        said({{"limit-tokens", "40000"}, {"remaining-tokens", "39500"}, {"reset-tokens", "750ms"}}),
        "tokens", 0);
    CHECK(all.limit == 40'000);
    CHECK(all.remaining == 39'500);
    CHECK(all.reset == 750ms);
    const auto none = rate_limit_fields::of(
        said({{"limit-tokens", "many"}, {"remaining-tokens", "1e99"}, {"reset-tokens", "?"}}),
        "tokens", 0);
    CHECK_FALSE(none.limit);
    CHECK_FALSE(none.remaining);
    CHECK_FALSE(none.reset);
}

TEST_CASE("what a server says is left is spent, and fills until the reset")
{
    server_allowance left;
    CHECK(left.ready_at(1'000'000, start) == start); // it has said nothing
    rate_limit_fields seen;
    seen.limit = 60'000;
    seen.remaining = 3000;
    seen.reset = 57s; // one a millisecond
    left.observe(seen, start);
    CHECK(left.ready_at(3000, start) == start);
    CHECK(left.ready_at(5000, start) == start + 2000);
    left.take(3000);
    CHECK(left.remaining(start) == 0);
    CHECK(left.ready_at(500, start) == start + 500);
    CHECK(left.remaining(start + 500) == 500);
    left.give_back(1000);
    CHECK(left.ready_at(500, start) == start);
    CHECK(left.ready_at(1'000'000, start) == start + 57'000); // more than there ever is
    CHECK_FALSE(left.remaining(start + 57'000)); // the reset is over
}

TEST_CASE("others who use the same key are seen, and what is under way is not forgotten")
{
    server_allowance left;
    rate_limit_fields seen;
    seen.limit = 100;
    seen.remaining = 99;
    seen.reset = 600ms;
    left.observe(seen, start);
    left.take(50); // under way
    seen.remaining = 98; // of the first of them
    left.observe(seen, start);
    CHECK(left.remaining(start) == 49);
    seen.remaining = 10; // somebody else's
    left.observe(seen, start);
    CHECK(left.remaining(start) == 10);
}

TEST_CASE("nothing is sent for the time of a 429, and no word of a server makes that long")
{
    server_allowance left;
    left.exhausted(20s, start);
    CHECK(left.ready_at(1, start + 1) == start + 20'000);
    CHECK(left.ready_at(1, start + 20'000) == start + 20'000);
    left.exhausted(48h, start);
    CHECK(left.ready_at(1, start) == start + server_allowance::longest_reset);
    rate_limit_fields none;
    none.remaining = 0;
    none.reset = 20h; // a limit of a day
    server_allowance daily;
    daily.observe(none, start);
    CHECK(daily.ready_at(1, start) == start + server_allowance::longest_reset);
}

TEST_CASE("a limiter holds requests and tokens, settles, and says what is left")
{
    rate_limiter limiter(
        rate_limits().requests_per_minute(600, 10).tokens_per_minute(60'000, 1000));
    CHECK(limiter.ready_at(800, start) == start);
    limiter.take(800, start);
    CHECK(limiter.requests_left(start) == 9);
    CHECK(limiter.tokens_left(start) == 200);
    CHECK(limiter.ready_at(800, start) == start + 600);
    limiter.settle(800, 300, start); // it used less
    CHECK(limiter.tokens_left(start) == 700);
    limiter.settle(0, 100, start); // and another one more
    CHECK(limiter.tokens_left(start) == 600);
    limiter.give_back(400); // never sent
    CHECK(limiter.tokens_left(start) == 1000);
    CHECK(limiter.requests_left(start) == 10);

    limiter.observe(said({{"remaining-requests", "0"}, {"reset-requests", "6m0s"}}), start, 0);
    CHECK(limiter.requests_left(start) == 0);
    CHECK(limiter.ready_at(1, start) == start + server_allowance::longest_reset);
}

TEST_CASE("a limiter that does not follow the server keeps to what was set")
{
    rate_limiter limiter(rate_limits().requests_per_minute(60'000).follow_server(false));
    limiter.observe(said({{"remaining-requests", "0"}, {"reset-requests", "10s"}}), start, 0);
    limiter.refused(10s, start);
    CHECK(limiter.ready_at(1, start) == start);
    CHECK_FALSE(limiter.tokens_left(start));
}

TEST_CASE("the burst is a second's worth where none is given")
{
    const auto limits = rate_limits().requests_per_minute(30).tokens_per_minute(60'000);
    CHECK(limits.request_burst() == 1);
    CHECK(limits.token_burst() == 1000);
}
