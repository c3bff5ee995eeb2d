// What limits and retries cost a request: the permit alone, as every request takes one, and with
// everything that may be set besides. Nanoseconds for one request, taken and given back; the best
// of several rounds.
#include "base/timer_service.hpp"
#include "policy/origin_limits.hpp"
#include "policy/retry_gate.hpp"

#include <aloft/semaphore.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace {

using namespace aloft;

constexpr int requests = 1'000'000;

class frozen_clock final : public timer_service {
public:
    frozen_clock() : timer_service(1'000'000) {}

private:
    tick read_clock() override { return now(); }
    tick read_wall_clock() override { return now(); }
    void wake_at(tick) override {}
    void withdraw() override {}
};

class nobody final : public detail::waiter {
public:
    nobody() : waiter([](waiter&, error_code, detail::delivery) {}) {}
};

template <class Work>
void measure(const char* what, Work work)
{
    double best = 1e9;
    for (int round = 0; round != 7; ++round) {
        const auto begun = std::chrono::steady_clock::now();
        for (int i = 0; i != requests; ++i)
            work();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begun;
        best = std::min(best, took.count() / requests);
    }
    std::printf("%-52s %7.1f ns\n", what, best);
}

} // namespace

int main()
{
    detail::semaphore_state permits(1024, 65536);
    nobody who;
    measure("a permit, no key", [&] {
        permits.acquire(who);
        permits.release();
    });

    // All that a request which is answered at once has to do with retries: it adds to the budget
    // of others, and tells that it was accepted.
    frozen_clock clock;
    policy::retry_gate retries(0.2, 2);
    measure("a permit, and what retries note of a request", [&] {
        permits.acquire(who);
        retries.budget.requested();
        retries.throttle.count(true, clock.now());
        permits.release();
    });

    policy::fair_entry entry(who, 1);
    measure("a permit, with a key", [&] {
        permits.acquire(entry, "tenant", 1);
        permits.release();
    });

    const auto rates = rate_limits().requests_per_minute(300'000'000, 300'000'000);
    const auto how = adaptive_concurrency();
    policy::origin_limits limits(permits, clock, "http://server", &rates, &how, 65536);
    policy::limited_request request(who, 1);
    measure("requests a minute and learned concurrency", [&] {
        limits.acquire(request);
        limits.succeeded();
        limits.release(request);
    });

    // Two who wait with keys, as under load: each release serves one, who queues again.
    detail::semaphore_state busy(1, 65536);
    policy::fair_entry first(who, 1);
    policy::fair_entry second(who, 1);
    busy.try_acquire();
    busy.acquire(first, "a", 1);
    bool turn = false;
    measure("keys that take turns at one permit", [&] {
        busy.acquire(turn ? first : second, turn ? "a" : "b", 1);
        turn = !turn;
        busy.release();
    });
    busy.close();
}
