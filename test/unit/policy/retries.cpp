#include "policy/retry_schedule.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <random>

using namespace aloft;
using namespace aloft::policy;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr tick begun = 1'000'000;

/// A request that fails, and the time it happens at.
struct trial {
    explicit trial(const retry_rules& rules = retry_rules(),
                   tick deadline = retry_schedule::never) :
        schedule(rules, begun, deadline)
    {
    }
    /// It fails with `means`; true where it is tried again, after the wait.
    bool fails(error_class means, retry_advice advice = retry_advice(), bool safe = true)
    {
        const bool again = schedule.again(failed_attempt{means, safe, advice}, gate, now, random);
        if (again)
            now += static_cast<tick>(schedule.wait().count());
        return again;
    }

    retry_schedule schedule;
    retry_gate gate{0.1, 2};
    std::minstd_rand random{1};
    tick now = begun;
};

retry_advice after(milliseconds wait)
{
    retry_advice made;
    made.wait = wait;
    return made;
}

retry_advice told(bool again)
{
    retry_advice made;
    made.again = again;
    return made;
}

} // namespace

TEST_CASE("a request is tried again as often as its rules allow")
{
    trial one(retry_rules().retries(3));
    for (int i = 0; i < 3; ++i)
        CHECK(one.fails(error_class::transient));
    CHECK_FALSE(one.fails(error_class::transient));
    CHECK(one.schedule.why() == retry_end::used_up);
    CHECK(one.schedule.why_in_words() == "that was the last of 3 retries");
    CHECK(one.schedule.retries() == 3);
    CHECK(one.schedule.waited() == milliseconds(one.now - begun));
}

TEST_CASE("waits are spread over all of a time that doubles up to its longest")
{
    // Of a thousand requests that failed at once no tenth comes back in the same twentieth.
    std::minstd_rand random(7);
    const auto rules = retry_rules().retries(8).backoff(500ms, 4s);
    std::map<unsigned, std::map<milliseconds::rep, int>> slots;
    for (int i = 0; i < 1000; ++i) {
        retry_schedule one(rules, begun, retry_schedule::never);
        retry_gate gate(0.1, 2);
        for (unsigned retry = 0; retry < 5; ++retry) {
            const auto most = std::min<milliseconds>(500ms * (1 << retry), 4s);
            REQUIRE(one.again({error_class::transient, true, {}}, gate, begun, random));
            REQUIRE(one.wait() <= most);
            ++slots[retry][one.wait() * 20 / (most + 1ms)];
        }
    }
    for (const auto& [retry, counts] : slots) {
        CHECK(counts.size() == 20);
        for (const auto& [slot, count] : counts)
            CHECK(count < 100);
    }
}

TEST_CASE("what a permanent error, a spent quota and an unsafe attempt come to")
{
    trial one;
    CHECK_FALSE(one.fails(error_class::permanent));
    CHECK(one.schedule.why() == retry_end::permanent);
    CHECK_FALSE(one.fails(error_class::quota));
    CHECK(one.schedule.why() == retry_end::quota);
    CHECK(one.fails(error_class::quota, after(2s)));
    CHECK_FALSE(one.fails(error_class::overload, {}, false));
    CHECK(one.schedule.why() == retry_end::unsafe);
}

TEST_CASE("x-should-retry is above the class, and below what is safe and allowed")
{
    trial one(retry_rules().retries(1));
    CHECK_FALSE(one.fails(error_class::transient, told(false)));
    CHECK(one.schedule.why() == retry_end::told);
    CHECK_FALSE(one.fails(error_class::permanent, told(true), false));
    CHECK(one.schedule.why() == retry_end::unsafe);
    CHECK(one.fails(error_class::permanent, told(true)));
    CHECK_FALSE(one.fails(error_class::permanent, told(true)));
    CHECK(one.schedule.why() == retry_end::used_up);
}

TEST_CASE("what a server asks for is waited for in full, and up to a tenth longer")
{
    std::minstd_rand random(3);
    milliseconds longest{0};
    for (int i = 0; i < 500; ++i) {
        retry_schedule one(retry_rules(), begun, retry_schedule::never);
        retry_gate gate(0.1, 2);
        REQUIRE(one.again({error_class::overload, true, after(5s)}, gate, begun, random));
        REQUIRE(one.wait() >= 5s);
        REQUIRE(one.wait() <= 5500ms);
        longest = std::max(longest, one.wait());
    }
    CHECK(longest > 5400ms);
}

TEST_CASE("a server that asks for too long a wait ends the request at once")
{
    trial one;
    CHECK_FALSE(one.fails(error_class::overload, after(121s)));
    CHECK(one.schedule.why_in_words() == "the server asks for a wait beyond 120 s");
    CHECK(one.fails(error_class::overload, after(120s)));
}

TEST_CASE("no attempt begins after the window or the request's total time")
{
    trial one(retry_rules().retries(100).window(10s));
    CHECK_FALSE(one.fails(error_class::overload, after(11s)));
    CHECK(one.schedule.why_in_words() == "the time for retries, 10 s, is over");
    one.now += 9s / 1ms;
    CHECK(one.fails(error_class::overload, after(0ms)));

    trial other(retry_rules(), begun + 3000);
    CHECK_FALSE(other.fails(error_class::overload, after(3s)));
    CHECK(other.schedule.why() == retry_end::deadline);
}

TEST_CASE("where everything fails, retries are a tenth of the requests")
{
    retry_budget budget(0.1);
    int retries = 0;
    tick now = begun;
    for (int request = 0; request < 10'000; ++request, now += 2) { // 500 a second
        budget.requested();
        for (int attempt = 0; attempt < 2; ++attempt)
            retries += budget.take(now) ? 1 : 0;
    }
    CHECK(retries > 990);
    CHECK(retries < 1050);
}

TEST_CASE("who asks seldom may try again although nothing succeeds")
{
    retry_budget budget(0.1);
    while (budget.take(begun)) {
    }
    CHECK_FALSE(budget.take(begun + 2'900));
    CHECK(budget.take(begun + 3'000));
    CHECK_FALSE(budget.take(begun + 3'000));
    CHECK(budget.take(begun + 3'600'000));
    CHECK_FALSE(budget.take(begun + 3'600'000)); // a quiet hour saves one, not a thousand
}

TEST_CASE("budget and throttle without a bound hold nothing back")
{
    constexpr auto infinite = std::numeric_limits<double>::infinity();
    retry_gate gate(infinite, infinite);
    for (int i = 0; i < 10'000; ++i) {
        gate.throttle.count(false, begun);
        REQUIRE(gate.budget.take(begun));
    }
    CHECK(gate.throttle.refusal(begun) == 0);
    gate.budget.requested();
    CHECK(gate.budget.take(begun));
}

TEST_CASE("an attempt is the less likely the fewer are accepted, over two minutes")
{
    adaptive_throttle throttle(2);
    tick now = begun;
    for (int i = 0; i < 1000; ++i)
        throttle.count(true, now);
    CHECK(throttle.refusal(now) == 0);
    now += 10'000;
    for (int i = 0; i < 9000; ++i)
        throttle.count(false, now);
    CHECK(throttle.refusal(now) == Approx(0.8).margin(0.01)); // (10,000 - 2 * 1,000) / 10,001
    now += 111'000; // what was accepted is forgotten
    CHECK(throttle.refusal(now) == Approx(1).margin(0.01));
    now += 10'000; // and all the rest
    CHECK(throttle.refusal(now) == 0);
    now += 3'600'000;
    CHECK(throttle.refusal(now) == 0);
}

TEST_CASE(
    "a server that accepts every other attempt is not held off, nor one that was seldom asked")
{
    adaptive_throttle throttle(2);
    for (int i = 0; i < 1000; ++i)
        throttle.count(i % 2 == 0, begun);
    CHECK(throttle.refusal(begun) == 0);

    adaptive_throttle rarely(2);
    for (int i = 0; i < 10; ++i)
        rarely.count(false, begun);
    CHECK(rarely.refusal(begun) == 0);
}

TEST_CASE("an overload of ten times a server's capacity gets hardly more load by retries")
{
    // 100 requests a second where ten are carried out; the rest is refused.
    retry_gate gate(0.1, 2);
    std::minstd_rand random(5);
    std::multimap<tick, retry_schedule> due;
    std::uint64_t requests = 0;
    std::uint64_t attempts = 0;
    for (tick now = begun; now < begun + 120'000; now += 10) {
        if (now % 10 == 0) {
            ++requests;
            gate.budget.requested();
            due.emplace(now, retry_schedule(retry_rules(), now, retry_schedule::never));
        }
        while (!due.empty() && due.begin()->first <= now) {
            auto one = due.begin()->second;
            due.erase(due.begin());
            const bool accepted = ++attempts % 10 == 0;
            gate.throttle.count(accepted, now);
            if (!accepted && one.again({error_class::overload, true, {}}, gate, now, random))
                due.emplace(now + static_cast<tick>(one.wait().count()), one);
        }
    }
    CHECK(requests == 12'000);
    CHECK(attempts - requests <= requests / 10 + 10);
    CHECK(attempts - requests > requests / 20);
}

TEST_CASE("what another server takes need not wait, and may be what this one never answers")
{
    trial one(retry_rules().retries(2));
    failed_attempt failed;
    failed.elsewhere = true;
    SECTION("a server that asks for a long wait holds up nobody else")
    {
        failed.means = error_class::overload;
        failed.advice = after(24h);
        CHECK(one.schedule.again(failed, one.gate, one.now, one.random));
        CHECK(one.schedule.wait() == 0ms);
    }
    SECTION("a quota that is used up is that of one server")
    {
        failed.means = error_class::quota;
        CHECK(one.schedule.again(failed, one.gate, one.now, one.random));
    }
    SECTION("a refused key is, a wrong request is not")
    {
        CHECK_FALSE(one.schedule.again(failed, one.gate, one.now, one.random));
        CHECK(one.schedule.why() == retry_end::permanent);
        failed.of_server = true;
        CHECK(one.schedule.again(failed, one.gate, one.now, one.random));
    }
    SECTION("the number of attempts is bounded all the same")
    {
        failed.means = error_class::transient;
        CHECK(one.schedule.again(failed, one.gate, one.now, one.random));
        CHECK(one.schedule.again(failed, one.gate, one.now, one.random));
        CHECK_FALSE(one.schedule.again(failed, one.gate, one.now, one.random));
        CHECK(one.schedule.why() == retry_end::used_up);
    }
}

TEST_CASE(
    "what a server left unanswered goes elsewhere beyond the budget, what it refused does not")
{
    const bool unanswered = GENERATE(true, false);
    retry_gate gate{0.1, 2};
    std::minstd_rand random{1};
    int moved = 0;
    for (int i = 0; i < 500; ++i) {
        retry_schedule schedule(retry_rules(), begun, retry_schedule::never);
        failed_attempt failed;
        failed.means = error_class::transient;
        failed.elsewhere = true;
        failed.unanswered = unanswered;
        moved += schedule.again(failed, gate, begun, random) ? 1 : 0;
    }
    CHECK(moved == (unanswered ? 500 : 10));
}
