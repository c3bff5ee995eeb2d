#include "policy/origin_limits.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"
#include "unit/policy/waiting.hpp"

#include <deque>
#include <random>
#include <string>

using namespace aloft;
using namespace std::chrono_literals;
using detail::semaphore_state;
using policy::limited_request;
using policy::origin_limits;
using test::waiting;
using outcome = semaphore_state::outcome;

namespace {

/// Requests of tenants, each a letter, and what became of them in order.
class crowd {
public:
    outcome ask(origin_limits& of, const std::string& key, std::uint64_t tokens = 0,
                std::uint32_t weight = 1)
    {
        auto& w = waiters_.emplace_back([this, key, at = requests_.size()](error_code ec) {
            (ec ? refused : served) += key;
            if (!ec)
                held.push_back(&requests_[at]);
        });
        auto& r = requests_.emplace_back(w, weight);
        r.key = key;
        r.tokens = tokens;
        const auto got = of.acquire(r);
        if (got == outcome::acquired) {
            served += key;
            held.push_back(&r);
        }
        return got;
    }
    void finish_one(origin_limits& of)
    {
        auto* const r = held.front();
        held.pop_front();
        of.release(*r);
    }
    limited_request& last() { return requests_.back(); }

    std::string served;
    std::string refused;
    std::deque<limited_request*> held;

private:
    std::deque<waiting> waiters_;
    std::deque<limited_request> requests_;
};

fields with(std::string_view name, std::string_view value)
{
    fields head;
    head.add(name, value);
    return head;
}

} // namespace

TEST_CASE("requests a minute are admitted as their time comes, tenants in turn, without polling")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto rates = rate_limits().requests_per_minute(60, 2);
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 100);
    for (int i = 0; i < 5; ++i)
        all.ask(limits, "a");
    all.ask(limits, "b");
    CHECK(all.served == "aa");
    CHECK(permits.held() == 2); // who waits for a rate holds no permit
    CHECK(limits.holding_up() == "for requests or tokens a minute (rate limits)");
    clock.advance(999ms);
    CHECK(all.served == "aa");
    clock.advance(1ms);
    CHECK(all.served == "aaa");
    clock.advance(1s);
    CHECK(all.served == "aaab");
    clock.advance(10s);
    CHECK(all.served == "aaabaa");
    CHECK(clock.wake_ups() <= 10);
    CHECK(limits.state().in_flight == 6);
}

TEST_CASE("who gives up takes nothing of the rate, and lets a smaller one go")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto rates = rate_limits().tokens_per_minute(60'000, 1000);
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 100);
    all.ask(limits, "a", 900);
    all.ask(limits, "b", 1000);
    auto& large = all.last();
    all.ask(limits, "c", 100);
    CHECK(all.served == "a");
    limits.cancel(large);
    CHECK(all.served == "ac");
    CHECK(limits.state().tokens_left == 0);
    CHECK(limits.queue().empty());
}

TEST_CASE("tokens that were not used let those who wait for them go")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto rates = rate_limits().tokens_per_minute(60'000, 1000);
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 100);
    all.ask(limits, "a", 1000);
    auto& first = all.last();
    all.ask(limits, "b", 600);
    CHECK(all.served == "a");
    limits.settle(first, 100, 200);
    CHECK(all.served == "ab");
    limits.settle(first, 0, 0); // once
    CHECK(limits.state().tokens_left == 100);
    limits.not_sent(*all.held.back());
    CHECK(limits.state().tokens_left == 700);
}

TEST_CASE("nothing is sent for the time that a 429 names")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto rates = rate_limits();
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 100);
    all.ask(limits, "a");
    limits.answered(429, with("retry-after", "7"));
    CHECK(all.ask(limits, "b") == outcome::waiting);
    clock.advance(6999ms);
    CHECK(all.served == "a");
    clock.advance(1ms);
    CHECK(all.served == "ab");
}

TEST_CASE("the concurrency that is learned bounds what is admitted, and its state is visible")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto how = adaptive_concurrency().initial(2);
    crowd all;
    origin_limits limits(permits, clock, "http://a", nullptr, &how, 100);
    for (int i = 0; i < 12; ++i)
        all.ask(limits, "a");
    CHECK(limits.state().in_flight == 2);
    CHECK(limits.state().concurrency == 2U);
    CHECK(limits.state().waiting == 10);
    CHECK(limits.holding_up() == "for the server to take more at once (adaptive concurrency)");
    limits.succeeded();
    all.finish_one(limits);
    CHECK(limits.state().in_flight == 3);
    limits.overloaded(*all.held.front());
    CHECK(limits.state().concurrency == 2U);
    CHECK(limits.state().overloads == 1);
    all.finish_one(limits);
    CHECK(limits.state().in_flight == 2);
}

TEST_CASE("where permits are the bottleneck, origins take turns at them and tenants within")
{
    test::manual_clock clock;
    semaphore_state permits(1, 100);
    const auto rates = rate_limits();
    crowd all;
    origin_limits one(permits, clock, "http://one", &rates, nullptr, 100);
    origin_limits two(permits, clock, "http://two", &rates, nullptr, 100);
    all.ask(one, "a");
    for (int i = 0; i < 3; ++i)
        all.ask(one, "a");
    all.ask(one, "b");
    all.ask(two, "x");
    all.ask(two, "y");
    CHECK(permits.waiting() == 2); // one asks for each origin
    CHECK(one.holding_up() == "for a permit (max_in_flight)");
    const std::string of_two = "xy";
    while (!all.held.empty()) {
        const bool belongs_to_two = of_two.find(all.served.back()) != std::string::npos;
        all.finish_one(belongs_to_two ? two : one);
    }
    CHECK(all.served.substr(0, 5) == "aaxby");
    CHECK(all.served.size() == 7);
    CHECK(permits.held() == 0);
    CHECK(permits.waiting() == 0);
}

TEST_CASE("who gives up while a permit is on its way leaves it to others")
{
    test::manual_clock clock;
    semaphore_state permits(2, 0); // nobody may wait for permits but origins
    const auto rates = rate_limits();
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 100);
    CHECK(permits.try_acquire());
    all.ask(limits, "a", 0, 2);
    auto& large = all.last();
    all.ask(limits, "b", 0, 1);
    CHECK(all.served.empty());
    limits.cancel(large);
    CHECK(all.served == "b");
    all.ask(limits, "c", 0, 1);
    limits.cancel(all.last());
    CHECK(permits.waiting() == 0);
    permits.release();
    all.finish_one(limits);
    CHECK(permits.held() == 0);
}

TEST_CASE("a full queue refuses, and a burst of one tenant makes room for another")
{
    test::manual_clock clock;
    semaphore_state permits(100, 100);
    const auto rates = rate_limits().requests_per_minute(1, 1);
    crowd all;
    origin_limits limits(permits, clock, "http://a", &rates, nullptr, 3);
    for (int i = 0; i < 4; ++i)
        all.ask(limits, "a");
    CHECK(all.ask(limits, "a") == outcome::full);
    CHECK(all.ask(limits, "b") == outcome::waiting);
    CHECK(all.refused == "a");
    CHECK(limits.queue().oldest()->since == 1'000'000);
    limits.close();
    CHECK(all.refused == "aaba");
}

TEST_CASE("nothing is lost between permits, rates and concurrency, whatever the order of events")
{
    std::mt19937 random(17); // NOLINT
    test::manual_clock clock;
    semaphore_state permits(8, 50);
    const auto rates = rate_limits().requests_per_minute(60'000, 50).tokens_per_minute(600'000);
    const auto how = adaptive_concurrency().initial(5).bounds(1, 12);
    crowd all;
    origin_limits one(permits, clock, "http://one", &rates, &how, 40);
    origin_limits two(permits, clock, "http://two", &rates, &how, 40);
    std::deque<std::pair<origin_limits*, limited_request*>> asked;
    const auto random_one = [&]() -> auto& { return asked[random() % asked.size()]; };
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 6) {
        case 0:
        case 1: {
            auto& of = random() % 2 == 0 ? one : two;
            all.ask(of, std::string(1, static_cast<char>('a' + random() % 4)), random() % 3000,
                    1 + random() % 3);
            asked.emplace_back(&of, &all.last());
            break;
        }
        case 2:
            if (!all.held.empty()) {
                auto* const r = all.held.front();
                const auto of = std::find_if(asked.begin(), asked.end(),
                                             [&](const auto& a) { return a.second == r; });
                all.finish_one(*of->first);
            }
            break;
        case 3:
            if (!asked.empty() && random_one().second->is_linked()) {
                auto& [of, r] = random_one();
                if (r->is_linked())
                    of->cancel(*r);
            }
            break;
        case 4: clock.advance(std::chrono::milliseconds(random() % 300)); break;
        case 5:
            permits.resize(1 + random() % 10);
            (random() % 2 == 0 ? one : two).succeeded();
            if (random() % 4 == 0 && !asked.empty())
                random_one().first->overloaded(*random_one().second);
            break;
        }
        std::size_t sum = 0;
        for (const auto* r : all.held)
            sum += r->weight;
        REQUIRE(permits.held() == sum);
        REQUIRE(one.state().in_flight + two.state().in_flight == all.held.size());
        REQUIRE(permits.waiting() <= 2);
    }
    permits.resize(20);
    for (int i = 0; i < 10'000 && !(one.queue().empty() && two.queue().empty()); ++i) {
        clock.advance(100ms);
        while (!all.held.empty()) {
            auto* const r = all.held.front();
            const auto of = std::find_if(asked.begin(), asked.end(),
                                         [&](const auto& a) { return a.second == r; });
            all.finish_one(*of->first);
        }
    }
    CHECK(one.queue().empty()); // everybody has had a turn
    CHECK(two.queue().empty());
    CHECK(permits.held() == 0);
    CHECK(permits.waiting() == 0);
}
