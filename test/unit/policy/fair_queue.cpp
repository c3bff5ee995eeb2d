#include "policy/fair_queue.hpp"

#include "support/catch.hpp"

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace aloft;
using policy::fair_entry;
using policy::fair_queue;

namespace {

struct nobody final : detail::waiter {
    nobody() : waiter([](waiter&, error_code, detail::delivery) {}) {}
};

/// Entries whose `since` says in which order they were made.
class line {
public:
    fair_entry& add(fair_queue& to, const std::string& key, std::uint32_t weight = 1,
                    std::uint32_t share = 1)
    {
        auto& e = entries_.emplace_back(who_, weight);
        e.since = made_++;
        keys_[&e] = key;
        to.push(e, key, share);
        return e;
    }
    /// Keys in the order in which they are served.
    std::string serve(fair_queue& from, int turns)
    {
        std::string order;
        for (; turns != 0 && from.next() != nullptr; --turns) {
            order += keys_[from.next()];
            from.pop();
        }
        return order;
    }

private:
    nobody who_;
    std::deque<fair_entry> entries_;
    std::map<const fair_entry*, std::string> keys_;
    int made_ = 0;
};

} // namespace

TEST_CASE("a burst of one key holds up another for one turn and not for its length")
{
    line all;
    fair_queue queue;
    for (int i = 0; i < 1000; ++i)
        all.add(queue, "a");
    CHECK(all.serve(queue, 3) == "aaa");
    all.add(queue, "b");
    all.add(queue, "b");
    CHECK(all.serve(queue, 5) == "baba" + std::string("a"));
    CHECK(queue.size() == 994);
}

TEST_CASE("keys get turns in proportion to their shares, and pay for weight")
{
    line all;
    fair_queue queue;
    for (int i = 0; i < 40; ++i) {
        all.add(queue, "a", 1, 3);
        all.add(queue, "b", 1, 1);
        all.add(queue, "c", 2, 1); // each takes two of its turns
    }
    const auto order = all.serve(queue, 45);
    CHECK(std::count(order.begin(), order.end(), 'a') == 30);
    CHECK(std::count(order.begin(), order.end(), 'b') == 10);
    CHECK(std::count(order.begin(), order.end(), 'c') == 5);
}

TEST_CASE("a key that was away does not save up turns, and keeps its debt")
{
    line all;
    fair_queue queue;
    for (int i = 0; i < 100; ++i)
        all.add(queue, "a");
    all.serve(queue, 50);
    for (int i = 0; i < 10; ++i)
        all.add(queue, "b"); // it has not been owed fifty
    CHECK(all.serve(queue, 6) == "bababa");

    line some;
    fair_queue debts;
    some.add(debts, "a", 10);
    some.add(debts, "b");
    some.add(debts, "b");
    CHECK(some.serve(debts, 1) == "a");
    some.add(debts, "a"); // it left and came back, and has had ten
    some.add(debts, "b");
    CHECK(some.serve(debts, 4) == "bbba");
}

TEST_CASE("who gives up is skipped, wherever it stands")
{
    line all;
    fair_queue queue;
    auto& first = all.add(queue, "a");
    auto& only = all.add(queue, "b");
    all.add(queue, "a");
    queue.erase(only);
    queue.erase(first);
    queue.erase(first);
    CHECK(queue.size() == 1);
    CHECK(all.serve(queue, 9) == "a");
    CHECK(queue.empty());
}

TEST_CASE("the oldest one is found, and the last one of the longest line")
{
    line all;
    fair_queue queue;
    CHECK(queue.oldest() == nullptr);
    CHECK(queue.last_of_longest(0, 1) == nullptr);
    all.add(queue, "a");
    all.add(queue, "b");
    all.add(queue, "b");
    auto& last = all.add(queue, "b");
    CHECK(queue.oldest()->since == 0);
    CHECK(queue.last_of_longest(0, 1) == &last);
    CHECK(queue.last_of_longest(1, 1) == &last);
    CHECK(queue.last_of_longest(2, 1) == nullptr); // a line of three would be no shorter
    CHECK(queue.last_of_longest(2, 2) == &last); // but it is owed twice as many
}

TEST_CASE("keys are forgotten once they owe nothing, and remembered no further than the bound")
{
    line all;
    fair_queue queue;
    for (int i = 0; i < 3; ++i)
        all.add(queue, "a");
    for (int i = 0; i < 10'000; ++i)
        all.add(queue, "key " + std::to_string(i));
    while (queue.size() > 2)
        queue.pop();
    CHECK(queue.keys() <= fair_queue::remembered + 2);
    while (!queue.empty())
        queue.pop();
    queue.forget_debts();
    CHECK(queue.keys() == 0);
}

TEST_CASE("whatever comes, goes and gives up, no backlogged key is more than a turn behind")
{
    std::mt19937 random(11); // NOLINT
    nobody who;
    std::deque<fair_entry> made;
    fair_queue queue;
    std::vector<std::pair<fair_entry*, std::string>> waiting;
    const auto push = [&](const std::string& key) {
        waiting.emplace_back(&made.emplace_back(who, 1 + random() % 3), key);
        queue.push(*waiting.back().first, key, 1);
    };
    // Two keys always have somebody waiting: they must get the same amount.
    std::map<std::string, std::uint64_t> served;
    for (int i = 0; i < 20'000; ++i) {
        while (queue.waiting_with("x") < 2)
            push("x");
        while (queue.waiting_with("y") < 2)
            push("y");
        if (random() % 3 == 0)
            push("other " + std::to_string(random() % 20));
        if (random() % 10 == 0) {
            const auto at =
                waiting.begin() + static_cast<std::ptrdiff_t>(random() % waiting.size());
            queue.erase(*at->first);
            waiting.erase(at);
            continue;
        }
        auto* const next = queue.next();
        const auto at = std::find_if(waiting.begin(), waiting.end(),
                                     [&](const auto& one) { return one.first == next; });
        REQUIRE(at != waiting.end());
        served[at->second] += next->weight;
        queue.pop();
        waiting.erase(at);
        const auto difference =
            static_cast<std::int64_t>(served["x"]) - static_cast<std::int64_t>(served["y"]);
        REQUIRE(std::abs(difference) <= 6);
    }
}
