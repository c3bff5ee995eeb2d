#include "base/timer_service.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"

#include <vector>

using namespace std::chrono_literals;
using aloft::tick;
using aloft::timer_entry;
using aloft::test::manual_clock;

namespace {

struct recorder : timer_entry {
    explicit recorder(manual_clock& clock) : timer_entry(&expired), clock(&clock) {}
    static void expired(timer_entry& entry)
    {
        auto& self = static_cast<recorder&>(entry);
        self.fired_at.push_back(self.clock->now());
        if (self.period != 0)
            self.clock->arm(self, self.clock->now() + self.period);
    }
    manual_clock* clock;
    tick period = 0;
    std::vector<tick> fired_at;
};

} // namespace

TEST_CASE("a clock at rest asks for no wake-up, unless something is armed")
{
    manual_clock clock(0);
    recorder one(clock);
    clock.arm(one, 500);
    clock.rest();
    CHECK(clock.wake() == 500U);
    clock.disarm(one);
    CHECK(clock.wake() == 500U);
    clock.rest();
    CHECK_FALSE(clock.wake());
    clock.arm(one, 700);
    CHECK(clock.wake() == 700U);
}

TEST_CASE("a wake-up is asked for only when the earliest deadline becomes earlier")
{
    manual_clock clock(0);
    recorder a(clock);
    recorder b(clock);
    clock.arm(a, 600);
    CHECK(clock.requests() == 1);
    clock.arm(b, 900);
    clock.arm(a, 700);
    clock.disarm(b);
    CHECK(clock.requests() == 1);
    CHECK(clock.wake() == tick{600});
    clock.arm(b, 50);
    CHECK(clock.requests() == 2);
    CHECK(clock.wake() == tick{50});
}

TEST_CASE("timers fire at their deadlines as time passes")
{
    manual_clock clock(1000);
    recorder once(clock);
    recorder periodic(clock);
    periodic.period = 250;
    clock.arm(once, 601'000);
    clock.arm(periodic, 1250);
    clock.advance(1s);
    CHECK(periodic.fired_at == std::vector<tick>{1250, 1500, 1750, 2000});
    clock.disarm(periodic);
    clock.advance(1h);
    CHECK(once.fired_at == std::vector<tick>{601'000});
    CHECK(clock.now() == 3'602'000);
    CHECK_FALSE(clock.wake());
    CHECK(clock.wake_ups() <= 12);
}

TEST_CASE("an idle service asks for no wake-up after a disarmed one has passed")
{
    manual_clock clock;
    recorder a(clock);
    clock.arm(a, clock.now() + 10);
    clock.disarm(a);
    clock.advance(100ms);
    CHECK(a.fired_at.empty());
    CHECK(clock.wake_ups() == 1);
    CHECK_FALSE(clock.wake());
}

TEST_CASE("after a suspend what is due fires once and the clock is right")
{
    manual_clock clock(0);
    recorder periodic(clock);
    periodic.period = 1000;
    clock.arm(periodic, 1000);
    clock.suspend(48h);
    CHECK(periodic.fired_at == std::vector<tick>{172'800'000});
    CHECK(clock.wake() <= tick{172'801'000});
    clock.advance(1s);
    CHECK(periodic.fired_at.size() == 2);
}
