#include "base/timer_wheel.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

using aloft::tick;
using aloft::timer_entry;
using aloft::timer_wheel;

namespace {

struct timer : timer_entry {
    using action = void (*)(timer&);
    explicit timer(action run = nullptr) : timer_entry(&expired), run(run) {}
    static void expired(timer_entry& entry)
    {
        auto& self = static_cast<timer&>(entry);
        ++self.fired;
        if (self.run != nullptr)
            self.run(self);
    }
    action run;
    int fired = 0;
    timer_wheel* wheel = nullptr;
    timer* other = nullptr;
    std::unique_ptr<timer> owned;
};

constexpr tick day = 24 * 3600 * 1000;

/// Every timer's expiry, checked against a std::multimap.
class model {
public:
    struct node : timer_entry {
        explicit node(model& owner) : timer_entry(&expired), owner(&owner) {}
        static void expired(timer_entry& entry)
        {
            auto& self = static_cast<node&>(entry);
            self.owner->expire(self);
        }
        model* owner;
        std::multimap<tick, node*>::iterator at;
        bool expected = false;
    };

    explicit model(std::uint64_t seed) : random_(seed), wheel_(start), now_(start)
    {
        for (auto& slot : nodes_)
            slot = std::make_unique<node>(*this);
    }

    void step()
    {
        switch (pick(8)) {
        case 0: advance(pick(4)); break;
        case 1: advance(pick(pick(6) == 0 ? 100'000 : 100)); break;
        case 2: change(true); break;
        default: change(false); break;
        }
        REQUIRE(static_cast<bool>(wheel_.next_expiry()) == !queue_.empty());
        if (!queue_.empty())
            REQUIRE(*wheel_.next_expiry() <= queue_.begin()->first);
    }
    void jump(tick distance) { advance(distance); }
    [[nodiscard]] std::uint64_t fired() const { return fired_; }
    [[nodiscard]] bool idle() const { return queue_.empty(); }

private:
    static constexpr tick start = 123'456'789;

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    tick some_deadline()
    {
        const auto shift = pick(45);
        const auto distance = random_() & ((std::uint64_t{1} << shift) - 1);
        return pick(16) == 0 ? now_ - std::min(now_, distance) : now_ + distance;
    }
    void change(bool destroy)
    {
        auto& chosen = nodes_[pick(nodes_.size())];
        REQUIRE(chosen->armed() == chosen->expected);
        if (destroy && pick(2) == 0) {
            forget(*chosen);
            chosen = std::make_unique<node>(*this);
        } else if (destroy) {
            forget(*chosen);
            chosen->disarm();
        } else {
            forget(*chosen);
            const auto deadline = some_deadline();
            wheel_.arm(*chosen, deadline);
            chosen->at = queue_.emplace(std::max(deadline, now_ + 1), chosen.get());
            chosen->expected = true;
            REQUIRE(chosen->deadline() == chosen->at->first);
        }
    }
    void forget(node& gone)
    {
        if (std::exchange(gone.expected, false))
            queue_.erase(gone.at);
    }
    void advance(tick distance)
    {
        now_ += distance;
        wheel_.advance(now_);
        if (!queue_.empty())
            REQUIRE(queue_.begin()->first > now_);
    }
    void expire(node& due)
    {
        ++fired_;
        REQUIRE(due.expected);
        REQUIRE(due.at->first <= now_);
        REQUIRE(due.at->first == queue_.begin()->first);
        forget(due);
        for (auto changes = pick(3); changes != 0; --changes)
            change_another(due);
    }
    void change_another(node& due)
    {
        const auto index = pick(nodes_.size());
        if (nodes_[index].get() == &due)
            return;
        change(pick(2) == 0);
    }

    std::mt19937_64 random_;
    timer_wheel wheel_;
    std::multimap<tick, node*> queue_;
    std::vector<std::unique_ptr<node>> nodes_ = std::vector<std::unique_ptr<node>>(300);
    tick now_;
    std::uint64_t fired_ = 0;
};

} // namespace

TEST_CASE("a timer fires at its tick and not before")
{
    for (const tick distance : {1, 2, 63, 64, 65, 4095, 4096, 4097, 600'000, 262'144, 16'777'216}) {
        const auto from = 1000 + distance * 7;
        timer_wheel wheel(from);
        timer entry;
        wheel.arm(entry, from + distance);
        wheel.advance(from + distance - 1);
        CHECK(entry.fired == 0);
        CHECK(entry.armed());
        wheel.advance(from + distance);
        CHECK(entry.fired == 1);
        CHECK_FALSE(entry.armed());
    }
}

TEST_CASE("following next_expiry reaches a timer in few steps")
{
    for (const tick distance : {tick{1}, tick{100}, tick{600'000}, day, 700 * day, 5000 * day}) {
        timer_wheel wheel(77);
        timer entry;
        wheel.arm(entry, 77 + distance);
        int steps = 0;
        while (entry.fired == 0) {
            const auto next = wheel.next_expiry();
            REQUIRE(next);
            REQUIRE(*next <= 77 + distance);
            wheel.advance(*next);
            ++steps;
        }
        CHECK(steps <= 13);
        CHECK_FALSE(wheel.next_expiry());
    }
}

TEST_CASE("a deadline in the past fires at the next tick")
{
    timer_wheel wheel(500);
    timer past;
    timer present;
    wheel.arm(past, 3);
    wheel.arm(present, 500);
    CHECK(past.deadline() == 501);
    wheel.advance(500);
    CHECK(past.fired + present.fired == 0);
    wheel.advance(501);
    CHECK(past.fired + present.fired == 2);
}

TEST_CASE("a clock that goes back fires nothing")
{
    timer_wheel wheel(500);
    timer entry;
    wheel.arm(entry, 600);
    wheel.advance(200);
    CHECK(entry.fired == 0);
    wheel.advance(600);
    CHECK(entry.fired == 1);
}

TEST_CASE("a jump of days fires everything due, in order of deadlines")
{
    static std::vector<tick> order;
    order.clear();
    timer_wheel wheel;
    std::vector<std::unique_ptr<timer>> entries;
    for (const tick deadline : {9 * day, day, tick{5}, 3 * day, tick{60'000}, day + 1}) {
        entries.push_back(std::make_unique<timer>([](timer& t) { order.push_back(t.deadline()); }));
        wheel.arm(*entries.back(), deadline);
    }
    wheel.advance(5 * day);
    CHECK(order == std::vector<tick>{5, 60'000, day, day + 1, 3 * day});
    wheel.advance(40 * day);
    CHECK(order.back() == 9 * day);
}

TEST_CASE("a deadline beyond the range of the wheel is held")
{
    constexpr tick range = tick{1} << 36;
    timer_wheel wheel(range - 10); // the end of the top level's round lies just ahead
    timer near;
    timer far;
    timer never;
    wheel.arm(near, range + 10);
    wheel.arm(far, 5 * range + 3);
    wheel.arm(never, std::numeric_limits<tick>::max());
    wheel.advance(range + 9);
    CHECK(near.fired == 0);
    wheel.advance(range + 10);
    CHECK(near.fired == 1);
    wheel.advance(5 * range + 2);
    CHECK(far.fired == 0);
    wheel.advance(5 * range + 3);
    CHECK(far.fired == 1);
    wheel.advance(400 * range);
    CHECK(never.fired == 0);
    CHECK(never.armed());
}

TEST_CASE("a disarmed or destroyed timer does not fire and leaves no expiry behind")
{
    timer_wheel wheel;
    timer disarmed;
    wheel.arm(disarmed, 10);
    {
        timer destroyed;
        wheel.arm(destroyed, 100'000);
    }
    disarmed.disarm();
    disarmed.disarm();
    CHECK_FALSE(wheel.next_expiry());
    wheel.advance(200'000);
    CHECK(disarmed.fired == 0);
}

TEST_CASE("arming again moves the deadline")
{
    timer_wheel wheel;
    timer entry;
    wheel.arm(entry, 10);
    wheel.arm(entry, 1000);
    wheel.advance(999);
    CHECK(entry.fired == 0);
    wheel.arm(entry, 2000);
    wheel.arm(entry, 1001);
    wheel.advance(1001);
    CHECK(entry.fired == 1);
    wheel.advance(3000);
    CHECK(entry.fired == 1);
}

TEST_CASE("a callback disarms, moves and destroys others due at the same tick")
{
    timer_wheel wheel;
    timer first([](timer& self) {
        self.owned.reset(); // destroyed while due
        self.other->disarm();
    });
    timer disarmed;
    wheel.arm(first, 50);
    first.owned = std::make_unique<timer>();
    wheel.arm(*first.owned, 50);
    first.other = &disarmed;
    wheel.arm(disarmed, 50);
    timer mover([](timer& self) { self.wheel->arm(*self.other, 70); });
    timer moved;
    mover.wheel = &wheel;
    mover.other = &moved;
    wheel.arm(mover, 50);
    wheel.arm(moved, 50);
    wheel.advance(60);
    CHECK(disarmed.fired == 0);
    CHECK(moved.fired == 0);
    wheel.advance(70);
    CHECK(moved.fired == 1);
}

TEST_CASE("a callback destroys its own timer")
{
    timer_wheel wheel;
    static timer* self;
    self = new timer([](timer& me) {
        delete &me;
        self = nullptr;
    });
    wheel.arm(*self, 5);
    wheel.advance(5);
    CHECK(self == nullptr);
}

TEST_CASE("a timer that arms itself for the past fires once in each advance")
{
    timer_wheel wheel;
    timer eager([](timer& self) { self.wheel->arm(self, 0); });
    eager.wheel = &wheel;
    wheel.arm(eager, 1);
    wheel.advance(30 * day);
    CHECK(eager.fired == 1);
    wheel.advance(30 * day);
    CHECK(eager.fired == 1);
    wheel.advance(30 * day + 1);
    CHECK(eager.fired == 2);
}

TEST_CASE("when a callback throws, those behind it fire in the next advance")
{
    timer_wheel wheel;
    timer thrower([](timer&) { throw std::runtime_error("handler"); });
    timer behind;
    timer later;
    wheel.arm(thrower, 5);
    wheel.arm(behind, 5);
    wheel.arm(later, 9);
    CHECK_THROWS(wheel.advance(20));
    CHECK(behind.fired + later.fired == 0);
    CHECK(wheel.next_expiry() == tick{20});
    wheel.advance(20);
    CHECK(behind.fired + later.fired == 2);
    CHECK_FALSE(wheel.next_expiry());
}

TEST_CASE("a wheel destroyed first leaves its timers disarmed")
{
    timer entry;
    {
        timer_wheel wheel;
        wheel.arm(entry, 5);
    }
    CHECK_FALSE(entry.armed());
}

TEST_CASE("a hundred thousand random operations match a sorted map")
{
    model world(20240607);
    for (int i = 0; i < 100'000; ++i) {
        world.step();
        if (i % 10'000 == 9'999)
            world.jump(3 * day);
    }
    world.jump(tick{1} << 40);
    CHECK(world.fired() > 10'000);
}
