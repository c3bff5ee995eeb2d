#include "policy/hedging.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace aloft;
using namespace aloft::policy;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t small = 2'000;
constexpr std::size_t screenshot = 1'500'000;

} // namespace

TEST_CASE("a percentile is that of the latencies seen, to within a tenth")
{
    recent_latency seen;
    for (int ms = 1; ms <= 19; ++ms)
        seen.add(milliseconds(ms));
    CHECK_FALSE(seen.at(0.5));
    for (int ms = 20; ms <= 500; ++ms)
        seen.add(milliseconds(ms));
    for (const double share : {0.1, 0.5, 0.95, 1.0}) {
        CAPTURE(share);
        const auto at = static_cast<double>(seen.at(share).value_or(0ms).count());
        CHECK(at >= share * 500);
        CHECK(at <= share * 500 * 1.1 + 2);
    }
}

TEST_CASE("latencies of any size are counted, and old ones fade")
{
    recent_latency seen;
    seen.add(0ms);
    seen.add(24h);
    for (int i = 0; i < 1000; ++i)
        seen.add(100ms);
    CHECK(seen.at(0.95).value_or(0ms) < 120ms);
    for (int i = 0; i < 4000; ++i)
        seen.add(3s);
    CHECK(seen.at(0.05).value_or(0ms) > 100ms);
    CHECK(seen.at(0.5).value_or(0ms) >= 3s);
}

TEST_CASE("a hedge waits for the learned percentile of requests of its size")
{
    hedging hedges(hedge_rules().percentile(0.9));
    CHECK_FALSE(hedges.began(small));
    for (int ms = 1; ms <= 100; ++ms) {
        hedges.answered(small, milliseconds(10 * ms));
        hedges.answered(screenshot, milliseconds(100 * ms));
    }
    CHECK(hedges.began(small).value_or(0ms) >= 900ms);
    CHECK(hedges.began(small).value_or(0ms) <= 1000ms);
    CHECK(hedges.began(screenshot).value_or(0ms) >= 9s);
    CHECK_FALSE(hedges.began(60'000)); // nothing is known of its like
}

TEST_CASE("a hedge never waits less than its least delay")
{
    hedging hedges{hedge_rules()};
    for (int i = 0; i < 100; ++i)
        hedges.answered(small, 2ms);
    CHECK(hedges.began(small) == 45ms);
}

TEST_CASE("hedges are a twentieth of the requests, however many are late")
{
    hedging hedges{hedge_rules()};
    int sent = 0;
    for (int i = 0; i < 2000; ++i) {
        hedges.began(small);
        sent += hedges.take() ? 1 : 0;
    }
    CHECK(sent >= 99);
    CHECK(sent <= 101);
    for (int i = 0; i < 2000; ++i)
        hedges.began(small);
    sent = 0;
    while (hedges.take())
        ++sent;
    CHECK(sent == 10); // a quiet time saves no more
    hedges.give_back();
    CHECK(hedges.take());
}
