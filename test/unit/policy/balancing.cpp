#include "policy/balancer.hpp"
#include "policy/rendezvous.hpp"
#include "policy/route.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::policy;
using namespace std::chrono_literals;

namespace {

/// A balancer, its clock and its chance.
struct balanced {
    explicit balanced(std::vector<double> weights,
                      const balancing_rules& rules = balancing_rules()) :
        servers(std::make_shared<balancer>(rules)), all((server_set{1} << weights.size()) - 1)
    {
        for (std::size_t i = 0; i < weights.size(); ++i)
            servers->add("http://server-" + std::to_string(i) + "/v1", weights[i]);
    }
    balancer::choice choose(std::optional<std::uint64_t> key = {}, server_set avoided = 0)
    {
        return *servers->choose(all, avoided, key, now, random);
    }
    /// One attempt that is over at once.
    std::size_t answered()
    {
        const auto one = choose();
        servers->answered(one, 100, now);
        servers->ended(one);
        return one.server;
    }
    std::size_t failed(server_fault what = server_fault::failed)
    {
        const auto one = choose();
        servers->failed(one, what, now, random);
        servers->ended(one);
        return one.server;
    }
    /// Lets server 0 fail until it is ejected.
    void eject_first()
    {
        for (int i = 0; i < 3; ++i)
            servers->failed({0, false}, server_fault::unreachable, now, random);
        REQUIRE(state(0).ejected);
    }
    [[nodiscard]] server_state state(std::size_t i) const { return servers->state(i, now); }
    [[nodiscard]] std::size_t outstanding() const
    {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < servers->size(); ++i)
            sum += state(i).outstanding;
        return sum;
    }

    std::shared_ptr<balancer> servers;
    server_set all;
    tick now = 1'000;
    std::minstd_rand random{7};
};

/// Servers of so many places each, which are given more work than one of them can do.
std::vector<int> served_by_slow_and_fast(balanced& b, int requests)
{
    // Server 0 takes 5 ticks for each of its requests, the others 1.
    std::vector<int> served(b.servers->size());
    std::vector<std::pair<tick, balancer::choice>> under_way;
    for (int i = 0; i < requests; ++i) {
        b.now += i % 2;
        std::erase_if(under_way, [&](const auto& one) {
            if (one.first > b.now)
                return false;
            b.servers->answered(one.second, 1, b.now);
            b.servers->ended(one.second);
            return true;
        });
        const auto taken = b.choose();
        ++served[taken.server];
        under_way.emplace_back(b.now + (taken.server == 0 ? 10 : 2), taken);
    }
    for (const auto& one : under_way)
        b.servers->ended(one.second);
    return served;
}

} // namespace

TEST_CASE("requests go where less is under way")
{
    balanced b({1, 1, 1});
    for (int i = 0; i < 300; ++i)
        b.choose();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(b.state(i).outstanding >= 95);
        CHECK(b.state(i).outstanding <= 105);
    }
}

TEST_CASE("a slow server is given less")
{
    balanced b({1, 1, 1});
    const auto served = served_by_slow_and_fast(b, 3000);
    CHECK(served[0] * 2 < served[1]);
    CHECK(served[0] * 2 < served[2]);
    CHECK(served[0] > 100);
    CHECK(b.outstanding() == 0);
}

TEST_CASE("shares are those of the weights, with little under way and with much")
{
    balanced b({1, 3});
    SECTION("one after the other")
    {
        int first = 0;
        for (int i = 0; i < 4000; ++i)
            first += b.answered() == 0 ? 1 : 0;
        CHECK(first > 900);
        CHECK(first < 1100);
    }
    SECTION("all at once")
    {
        for (int i = 0; i < 400; ++i)
            b.choose();
        CHECK(b.state(0).outstanding >= 98);
        CHECK(b.state(0).outstanding <= 102);
    }
}

TEST_CASE("a server that cannot be reached is left alone, and probed by one request")
{
    balanced b({1, 1});
    b.eject_first();
    CHECK(b.state(0).ejections == 1);
    for (int i = 0; i < 100; ++i)
        CHECK(b.answered() == 1);
    CHECK(b.state(0).resting >= 4s);
    CHECK(b.state(0).resting <= 6s);
    b.now += 6'001;
    const auto probe = b.choose();
    CHECK(probe.server == 0);
    CHECK(probe.probe);
    CHECK(b.state(0).probing);
    for (int i = 0; i < 100; ++i)
        CHECK(b.answered() == 1); // one probe is enough
    SECTION("it answers")
    {
        b.servers->answered(probe, 50, b.now);
        CHECK_FALSE(b.state(0).ejected);
    }
    SECTION("it fails: twice as long")
    {
        b.servers->failed(probe, server_fault::failed, b.now, b.random);
        CHECK(b.state(0).ejected);
        CHECK(b.state(0).resting >= 8s);
        CHECK(b.state(0).resting <= 12s);
    }
    SECTION("it shows nothing, and the next one probes")
    {
        b.servers->ended(probe);
        CHECK(b.choose().probe);
    }
}

TEST_CASE("failures in a row eject a server, and an answer between them does not count as one")
{
    balanced b({1, 1});
    const balancer::choice first{0, false};
    for (int i = 0; i < 4; ++i)
        b.servers->failed(first, server_fault::failed, b.now, b.random);
    b.servers->answered(first, 100, b.now);
    for (int i = 0; i < 4; ++i)
        b.servers->failed(first, server_fault::failed, b.now, b.random);
    CHECK_FALSE(b.state(0).ejected);
    b.servers->failed(first, server_fault::failed, b.now, b.random);
    CHECK(b.state(0).ejected);
    CHECK(b.state(0).failures == 9);
}

TEST_CASE("more than half of twenty attempts that fail within ten seconds eject a server")
{
    balanced b({1, 1});
    const balancer::choice first{0, false};
    const bool at_once = GENERATE(true, false);
    for (int i = 0; i < 30; ++i) {
        if (i % 5 < 2)
            b.servers->answered(first, 100, b.now);
        else
            b.servers->failed(first, server_fault::failed, b.now, b.random);
        b.now += at_once ? 100 : 1'000;
    }
    CHECK(b.state(0).ejected == at_once);
}

TEST_CASE("half of the servers stay when all say that they have too much, the last one always")
{
    balanced b({1, 1, 1, 1});
    SECTION("overload")
    {
        for (int i = 0; i < 200; ++i)
            b.failed();
        int ejected = 0;
        for (std::size_t i = 0; i < 4; ++i)
            ejected += b.state(i).ejected ? 1 : 0;
        CHECK(ejected == 2);
    }
    SECTION("nobody is reached")
    {
        for (int i = 0; i < 200; ++i)
            b.failed(server_fault::unreachable);
        int ejected = 0;
        for (std::size_t i = 0; i < 4; ++i)
            ejected += b.state(i).ejected ? 1 : 0;
        CHECK(ejected == 3);
    }
}

TEST_CASE("a server that came back is given its share step by step")
{
    balanced b({1, 1});
    b.eject_first();
    b.now += 6'001;
    const auto probe = b.choose();
    b.servers->answered(probe, 50, b.now);
    b.servers->ended(probe);
    const auto share = [&] {
        int first = 0;
        for (int i = 0; i < 1000; ++i)
            first += b.answered() == 0 ? 1 : 0;
        return first;
    };
    const auto at_once = share();
    CHECK(at_once > 50);
    CHECK(at_once < 150);
    b.now += 5'000;
    const auto half = share();
    CHECK(half > 270);
    CHECK(half < 400);
    b.now += 5'000;
    CHECK(share() > 450);
}

TEST_CASE("ejections double up to their longest, and are forgotten after a while of health")
{
    balanced b({1, 1});
    b.eject_first();
    for (int i = 0; i < 12; ++i) {
        b.now += 360'001;
        const auto probe = b.choose();
        REQUIRE(probe.probe);
        b.servers->failed(probe, server_fault::unreachable, b.now, b.random);
        b.servers->ended(probe);
        CHECK(b.state(0).resting <= 360s);
    }
    CHECK(b.state(0).resting >= 240s);
    b.now += 360'001;
    const auto probe = b.choose();
    b.servers->answered(probe, 50, b.now);
    b.now += 400'000;
    b.servers->answered(probe, 50, b.now);
    b.servers->ended(probe);
    b.eject_first();
    CHECK(b.state(0).resting <= 6s);
}

TEST_CASE("who has no quota is left alone for as long as it says, or for a minute")
{
    balanced b({1, 1});
    SECTION("as it says")
    {
        b.servers->rest({0, false}, 20s, b.now);
        b.now += 19'999;
        CHECK(b.answered() == 1);
        CHECK(b.state(0).resting == 1ms);
        b.now += 1;
    }
    SECTION("a minute")
    {
        b.servers->rest({0, false}, std::nullopt, b.now);
        b.now += 59'999;
        CHECK(b.answered() == 1);
        b.now += 1;
    }
    SECTION("an hour at the most")
    {
        b.servers->rest({0, false}, 24h, b.now);
        CHECK(b.state(0).resting == 1h);
        b.now += 3'600'000;
    }
    int first = 0;
    for (int i = 0; i < 1000; ++i)
        first += b.answered() == 0 ? 1 : 0;
    CHECK(first > 50); // it comes back slowly, without a probe
    CHECK_FALSE(b.state(0).ejected);
}

TEST_CASE("where all are left alone, the one that is so for the shortest time is asked")
{
    balanced b({1, 1});
    b.servers->rest({0, false}, 20s, b.now);
    b.servers->rest({1, false}, 10s, b.now);
    CHECK(b.answered() == 1);
    CHECK(b.servers->choose(0, 0, std::nullopt, b.now, b.random) == std::nullopt);
}

TEST_CASE("a key stays with its server, and only those of a server that goes move")
{
    balanced b({1, 1, 1, 1});
    std::vector<std::size_t> owners;
    const auto owner = [&](std::uint64_t key, server_set allowed) {
        const auto one = *b.servers->choose(allowed, 0, key, b.now, b.random);
        b.servers->ended(one);
        return one.server;
    };
    std::array<int, 4> keys{};
    for (std::uint64_t key = 0; key < 4000; ++key) {
        owners.push_back(owner(key, b.all));
        CHECK(owner(key, b.all) == owners.back());
        ++keys[owners.back()];
    }
    for (const int count : keys) {
        CHECK(count > 850);
        CHECK(count < 1150);
    }
    for (std::uint64_t key = 0; key < 4000; ++key) {
        const auto without = owner(key, b.all & ~server_set{4});
        CHECK((owners[key] == 2 ? without != 2 : without == owners[key]));
    }
}

TEST_CASE("a key that everybody has does not load its server beyond the bound")
{
    balanced b({1, 1, 1, 1});
    for (int i = 0; i < 400; ++i)
        b.choose(42);
    std::vector<std::size_t> loads;
    for (std::size_t i = 0; i < 4; ++i)
        loads.push_back(b.state(i).outstanding);
    CHECK(*std::max_element(loads.begin(), loads.end()) <= 125);
    CHECK(b.outstanding() == 400);
}

TEST_CASE("keys are spread as weights have it")
{
    std::array<int, 2> owned{};
    for (std::uint64_t key = 0; key < 8000; ++key)
        ++owned[rendezvous_score(key, mixed(1), 1) > rendezvous_score(key, mixed(2), 3) ? 0 : 1];
    CHECK(owned[0] > 1800);
    CHECK(owned[0] < 2200);
}

TEST_CASE("each attempt of a request goes to another server while there is one")
{
    balanced b({1, 1, 1});
    route way(b.servers, b.all, std::nullopt);
    server_set seen = 0;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(way.choose(b.now, b.random));
        seen |= server_set{1} << way.server();
        CHECK(way.elsewhere(b.now) == (i < 2));
        way.failed(server_fault::failed, b.now, b.random);
        way.failed(server_fault::failed, b.now, b.random); // counts once
    }
    CHECK(seen == b.all);
    const auto last = way.server();
    REQUIRE(way.choose(b.now, b.random));
    CHECK(way.server() != last);
    CHECK(b.outstanding() == 1);
    way.leave();
    CHECK(b.outstanding() == 0);
    std::uint64_t failures = 0;
    for (std::size_t i = 0; i < 3; ++i)
        failures += b.state(i).failures;
    CHECK(failures == 3);
}

TEST_CASE("a copy of a request goes to another server, and a server that is well before one tried")
{
    balanced b({1, 1});
    for (int i = 0; i < 50; ++i) {
        route way(b.servers, b.all, 42);
        REQUIRE(way.choose(b.now, b.random));
        const auto copy = way.another();
        REQUIRE(copy->choose(b.now, b.random));
        CHECK(copy->server() != way.server());
    }
    CHECK(b.outstanding() == 0);
    b.eject_first();
    route way(b.servers, b.all, std::nullopt);
    REQUIRE(way.choose(b.now, b.random));
    CHECK(way.server() == 1);
    CHECK_FALSE(way.elsewhere(b.now));
    REQUIRE(way.choose(b.now, b.random));
    CHECK(way.server() == 1);
}

TEST_CASE("what a server alone can serve is sent there although it was ejected, and brings it back")
{
    balanced b({1, 1});
    b.eject_first();
    route way(b.servers, 1, std::nullopt);
    REQUIRE(way.choose(b.now, b.random));
    CHECK(way.server() == 0);
    way.answered(10, b.now);
    CHECK_FALSE(b.state(0).ejected);
}

TEST_CASE("balancing has the defaults that docs/limits.md states")
{
    const balancing_rules rules;
    CHECK(rules.unreachable_in_a_row() == 3);
    CHECK(rules.failed_in_a_row() == 5);
    CHECK(rules.failing_share() == 0.5);
    CHECK(rules.failing_attempts() == 20);
    CHECK(rules.ejection() == 5s);
    CHECK(rules.longest_ejection() == 300s);
    CHECK(rules.slow_start() == 10s);
    CHECK(rules.cooldown() == 60s);
    CHECK(rules.longest_cooldown() == 1h);
    CHECK(rules.affinity() == affinity::none);
    CHECK(rules.load_bound() == 1.25);
    CHECK(balancer::most_servers == 64);
}

TEST_CASE("a server without quota for one model is chosen for the others")
{
    balanced b({1, 1});
    b.servers->rest({0, false}, 20s, b.now, 7);
    CHECK(b.servers->resting_for(7, b.now) == 1);
    CHECK(b.servers->resting_for(8, b.now) == 0);
    CHECK(b.state(0).resting == 0ms);
    CHECK(b.state(0).models_resting == 1);
    for (int i = 0; i < 20; ++i) {
        route large(b.servers, b.all, std::nullopt, 7);
        REQUIRE(large.choose(b.now, b.random));
        CHECK(large.server() == 1);
        CHECK_FALSE(large.elsewhere(b.now));
    }
    std::array<int, 2> taken{};
    for (int i = 0; i < 40; ++i) {
        route small(b.servers, b.all, std::nullopt, i % 2 == 0 ? std::optional(8U) : std::nullopt);
        REQUIRE(small.choose(b.now, b.random));
        ++taken[small.server()];
    }
    CHECK(taken[0] > 10);
    b.now += 20'000;
    CHECK(b.servers->resting_for(7, b.now) == 0);
    CHECK(b.state(0).models_resting == 0);
}

TEST_CASE("no more than eight models of a server are remembered, those that rest longest")
{
    balanced b({1, 1});
    for (std::uint64_t model = 1; model <= 20; ++model)
        b.servers->rest({0, false}, std::chrono::seconds(model), b.now, model);
    b.servers->rest({0, false}, 1s, b.now, 100);
    CHECK(b.state(0).models_resting == 8);
    for (std::uint64_t model = 1; model <= 20; ++model)
        CHECK((b.servers->resting_for(model, b.now) != 0) == (model > 12));
    b.servers->rest({0, false}, 1s, b.now, 20); // a shorter word does not undo a longer one
    b.now += 15'000;
    CHECK(b.servers->resting_for(20, b.now) == 1);
}

TEST_CASE("attempts that another server is given after one failed are counted")
{
    balanced b({1, 1, 1});
    route way(b.servers, b.all, std::nullopt);
    REQUIRE(way.choose(b.now, b.random));
    const auto first = way.server();
    way.failed(server_fault::failed, b.now, b.random);
    const auto copy = way.another();
    REQUIRE(copy->choose(b.now, b.random)); // a hedge is none
    CHECK(b.state(first).failovers == 0);
    REQUIRE(way.choose(b.now, b.random));
    CHECK(b.state(first).failovers == 1);
    CHECK(b.state(way.server()).failovers == 0);
}

TEST_CASE("a server whose answers all break off is ejected, though each was an answer at first")
{
    balanced b({1, 1});
    int broken = 0;
    while (!b.state(0).ejected && broken < 100) {
        route way(b.servers, server_set{1}, std::nullopt);
        REQUIRE(way.choose(b.now, b.random));
        way.answered(10, b.now);
        way.failed(server_fault::failed, b.now, b.random);
        ++broken;
    }
    CHECK(broken == 20);
}
