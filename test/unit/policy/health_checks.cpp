#include "policy/balancer.hpp"
#include "policy/endpoint_watch.hpp"
#include "support/catch.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::policy;
using namespace std::chrono_literals;

namespace {

/// Servers whose health endpoints say what a test wants, as soon as they are asked.
struct watched {
    explicit watched(std::size_t count, const health_check& rules = health_check()) :
        says(count, endpoint_health::well), asked(count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            servers.add("http://server-" + std::to_string(i) + "/v1", 1);
            servers.watch(i, rules);
        }
    }
    /// Lets time pass, with a request in each second of it if there are any.
    void pass(std::chrono::milliseconds time, bool requests = true)
    {
        for (const auto end = now + static_cast<tick>(time.count()); now < end; ++now) {
            if (requests && now % 1000 == 0)
                request();
            const auto due = servers.next_question();
            if (!due || *due > now)
                continue;
            while (const auto i = servers.ask(now)) {
                asked[*i].push_back(now);
                servers.endpoint_answered(*i, says[*i], now, random);
            }
        }
    }
    std::size_t request()
    {
        servers.used(now, random);
        const auto taken = *servers.choose(all(), 0, std::nullopt, now, random);
        servers.answered(taken, 10, now);
        servers.ended(taken);
        return taken.server;
    }
    /// Requests eject it.
    void eject(std::size_t i)
    {
        for (int n = 0; n < 3; ++n)
            servers.failed({i, false}, server_fault::unreachable, now, random);
        REQUIRE(state(i).ejected);
    }
    [[nodiscard]] server_set all() const { return (server_set{1} << says.size()) - 1; }
    [[nodiscard]] server_state state(std::size_t i) const { return servers.state(i, now); }

    balancer servers{balancing_rules()};
    std::vector<endpoint_health> says;
    std::vector<std::vector<tick>> asked; // when
    tick now = 1'000;
    std::minstd_rand random{3};
};

} // namespace

TEST_CASE("health endpoints are asked at their interval, a fifth more or less")
{
    watched b(3);
    b.pass(100s);
    for (const auto& times : b.asked) {
        REQUIRE(times.size() > 16);
        CHECK(times.size() < 26);
        CHECK(times.front() <= 6'000);
        for (std::size_t i = 1; i < times.size(); ++i) {
            CHECK(times[i] - times[i - 1] >= 4'000);
            CHECK(times[i] - times[i - 1] <= 6'000);
        }
    }
    CHECK(b.asked[0] != b.asked[1]);
    CHECK(b.state(0).checks == b.asked[0].size());
    CHECK(b.state(0).checks_failed == 0);
    CHECK(b.state(0).health == endpoint_health::well);
}

TEST_CASE("a server whose endpoint fails three times in a row is taken out before a request fails")
{
    watched b(2);
    b.says[0] = endpoint_health::ill;
    b.pass(9s);
    CHECK_FALSE(b.state(0).ejected);
    b.pass(12s);
    CHECK(b.state(0).ejected);
    CHECK(b.state(0).failures == 0);
    CHECK(b.state(0).ejections == 1);
    CHECK(b.state(0).health == endpoint_health::ill);
    CHECK(b.state(0).checks_failed >= 3);
    for (int i = 0; i < 100; ++i)
        CHECK(b.request() == 1);

    b.says[0] = endpoint_health::well;
    b.pass(6s);
    CHECK_FALSE(b.state(0).ejected);
    CHECK(b.state(0).weight < 1); // its share comes back step by step
    CHECK(b.state(0).probes == 0);
}

TEST_CASE("a failure of a health endpoint now and then takes no server out")
{
    watched b(2, health_check().failures_in_a_row(2));
    for (int i = 0; i < 20; ++i) {
        b.says[0] = i % 2 == 0 ? endpoint_health::ill : endpoint_health::well;
        const auto before = b.asked[0].size();
        while (b.asked[0].size() == before)
            b.pass(1ms);
    }
    CHECK(b.state(0).ejections == 0);
    CHECK(b.state(0).checks_failed == 10);
}

TEST_CASE("an ejected server comes back by its endpoint, and no request is risked")
{
    watched b(2);
    b.says[0] = endpoint_health::ill;
    b.pass(1s);
    b.eject(0);
    b.pass(30s);
    CHECK(b.state(0).ejected); // its time was over long ago
    CHECK(b.state(0).probes == 0);
    b.says[0] = endpoint_health::well;
    b.pass(6s);
    CHECK_FALSE(b.state(0).ejected);
}

TEST_CASE("an endpoint that is well does not shorten an ejection for failed requests")
{
    watched b(2, health_check().interval(500ms));
    b.pass(1s);
    b.eject(0);
    b.pass(3900ms);
    CHECK(b.state(0).ejected);
    b.pass(3s);
    CHECK_FALSE(b.state(0).ejected);
}

TEST_CASE("where a server has no such endpoint a request finds out whether it is back")
{
    watched b(2);
    b.says[0] = endpoint_health::unknown;
    b.pass(30s);
    CHECK_FALSE(b.state(0).ejected);
    CHECK(b.state(0).checks_failed == 0);
    b.eject(0);
    b.pass(8s);
    CHECK_FALSE(b.state(0).ejected);
    CHECK(b.state(0).probes == 1);
}

TEST_CASE("the last server is not taken out, whatever its endpoint says")
{
    watched b(3);
    b.says = {endpoint_health::ill, endpoint_health::ill, endpoint_health::ill};
    b.pass(60s);
    int out = 0;
    for (std::size_t i = 0; i < 3; ++i)
        out += b.state(i).ejected ? 1 : 0;
    CHECK(out == 2);
    b.request();
}

TEST_CASE(
    "endpoints are asked while there are requests and for a minute after, not of an idle client")
{
    watched b(2);
    b.pass(100s, false);
    CHECK(b.asked[0].empty()); // no request was made
    b.request();
    const auto last = b.now;
    b.pass(300s, false);
    REQUIRE_FALSE(b.asked[0].empty());
    CHECK(b.asked[0].size() > 9);
    CHECK(b.asked[0].back() <= last + 60'000);
    CHECK(b.asked[0].back() >= last + 54'000);
    CHECK_FALSE(b.servers.next_question());

    const auto before = b.asked[0].size();
    b.request();
    b.pass(6s, false);
    CHECK(b.asked[0].size() > before);
}

TEST_CASE("a stream that is being read keeps the questions going")
{
    watched b(2);
    b.servers.used(b.now, b.random);
    const auto stream = *b.servers.choose(b.all(), 0, std::nullopt, b.now, b.random);
    b.pass(200s, false);
    CHECK(b.asked[0].back() >= b.now - 6'000);
    b.servers.ended(stream);
}

TEST_CASE("the rules of a health check are kept within what makes sense")
{
    const auto rules = health_check("/up").interval(0ms).timeout(0ms).failures_in_a_row(0);
    CHECK(rules.interval() == 100ms);
    CHECK(rules.timeout() == 1ms);
    CHECK(rules.failures_in_a_row() == 1);
}
