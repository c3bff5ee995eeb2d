#include "policy/adaptive_limit.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <random>
#include <vector>

using namespace aloft;
using policy::adaptive_limit;
using policy::latency_gradient;

namespace {

/// A server that answers so many at once within `service` and says "overloaded" to the rest, and a
/// caller with always something to send, in steps of one millisecond.
class overloadable {
public:
    overloadable(adaptive_limit& limit, std::size_t capacity, tick service) :
        capacity_(capacity), limit_(limit), service_(service)
    {
    }

    void run(tick time)
    {
        for (const auto end = now_ + time; now_ < end; ++now_) {
            while (!under_way_.empty() && under_way_.front() + service_ <= now_) {
                limit_.answered(under_way_.size());
                under_way_.erase(under_way_.begin());
                ++answered;
            }
            while (under_way_.size() < limit_.limit()) {
                if (under_way_.size() >= capacity_) {
                    ++refused;
                    limit_.overloaded(now_, now_);
                    break;
                }
                under_way_.push_back(now_);
            }
            least = std::min(least, limit_.limit());
            most = std::max(most, limit_.limit());
        }
    }
    void capacity(std::size_t requests) { capacity_ = requests; }
    void forget()
    {
        answered = refused = most = 0;
        least = 1'000'000;
    }

    std::size_t answered = 0;
    std::size_t refused = 0;
    std::size_t least = 1'000'000;
    std::size_t most = 0;

private:
    std::size_t capacity_;
    adaptive_limit& limit_;
    tick service_;
    tick now_ = 1000;
    std::vector<tick> under_way_;
};

} // namespace

TEST_CASE("the limit doubles a round until the server has too much, and then adds one a round")
{
    adaptive_limit limit(adaptive_concurrency().initial(4));
    for (int i = 0; i < 4; ++i)
        limit.answered(4);
    CHECK(limit.limit() == 8);
    for (int i = 0; i < 8; ++i)
        limit.answered(8);
    CHECK(limit.limit() == 16);
    limit.overloaded(1000, 1100);
    CHECK(limit.limit() == 11); // 0.7 of it
    limit.overloaded(1050, 1200); // sent before that
    limit.overloaded(1100, 1200);
    CHECK(limit.limit() == 11);
    for (int i = 0; i < 10; ++i)
        limit.answered(11);
    CHECK(limit.limit() == 12);
    limit.overloaded(1150, 1300);
    CHECK(limit.limit() == 8);
}

TEST_CASE("a limit that is not used does not grow, and bounds hold")
{
    adaptive_limit limit(adaptive_concurrency().initial(10).bounds(2, 30));
    for (int i = 0; i < 100; ++i)
        limit.answered(4);
    CHECK(limit.limit() == 10);
    for (int i = 0; i < 100; ++i)
        limit.answered(limit.limit());
    CHECK(limit.limit() == 30);
    for (tick now = 1000; now < 1100; ++now)
        limit.overloaded(now, now);
    CHECK(limit.limit() == 2);
}

TEST_CASE("against a server of fixed capacity the limit stays near it, with few refusals")
{
    adaptive_limit limit(adaptive_concurrency().initial(4));
    overloadable server(limit, 100, 200);
    server.run(20'000);
    server.forget();
    server.run(60'000);
    CHECK(server.least >= 69);
    CHECK(server.most <= 101);
    CHECK(server.answered > 25'000); // of the 30,000 it could answer
    CHECK(server.refused * 100 < server.answered);

    server.capacity(20); // a restart with fewer replicas
    server.run(3000);
    CHECK(limit.limit() <= 21);
    server.capacity(40);
    server.run(10'000);
    CHECK(limit.limit() >= 28);
}

TEST_CASE("the gradient lets the limit grow while the first token comes as fast as ever")
{
    adaptive_limit limit(adaptive_concurrency().initial(20).bounds(20, 200).follow_first_token());
    limit.first_token(100, 0, 20);
    CHECK(limit.limit() == 20); // 0.8 * 20 + 0.2 * (20 + 4) = 20.8
    limit.first_token(100, 0, 20);
    CHECK(limit.limit() == 21);
    for (int i = 0; i < 1000; ++i)
        limit.first_token(100, 0, limit.limit());
    CHECK(limit.limit() == 200);
    limit.answered(200); // growing is the gradient's alone
    for (int i = 0; i < 1000; ++i)
        limit.first_token(100, 0, 10);
    CHECK(limit.limit() == 200);
}

TEST_CASE("the gradient settles where the server's queue is as long as it is allowed to be")
{
    // 50 at once take 100 ms; what is beyond waits.
    adaptive_limit limit(adaptive_concurrency().initial(20).bounds(1, 1000).follow_first_token());
    const auto time = [&] {
        return 100.0 * std::max(1.0, static_cast<double>(limit.limit()) / 50);
    };
    for (int i = 0; i < 300; ++i)
        limit.first_token(time(), 0, limit.limit());
    CHECK(limit.limit() >= 50);
    CHECK(limit.limit() <= 100);
}

TEST_CASE("a slow server is told from long prompts")
{
    std::mt19937 random(5); // NOLINT
    latency_gradient gradient(1.5);
    const auto sample = [&](double slower) {
        const auto tokens = 100 + random() % 8000;
        return gradient.sample(slower * (50 + 0.1 * static_cast<double>(tokens)), tokens);
    };
    for (int i = 0; i < 400; ++i)
        sample(1);
    CHECK(gradient.per_token() == Approx(0.002).epsilon(0.01));
    int lowered = 0;
    for (int i = 0; i < 100; ++i)
        lowered += sample(1) < 1 ? 1 : 0;
    CHECK(lowered == 0); // from 60 to 860 ms, and none of them is load
    for (int i = 0; i < 20; ++i)
        lowered += sample(3) < 0.9 ? 1 : 0;
    CHECK(lowered == 20);
}

TEST_CASE("after a time of load the long run comes down again")
{
    latency_gradient gradient(1.5);
    for (int i = 0; i < 10; ++i)
        gradient.sample(1000, 0);
    for (int i = 0; i < 100; ++i)
        gradient.sample(100, 0);
    CHECK(gradient.long_run() < 250);
}
