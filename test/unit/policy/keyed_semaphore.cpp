#include "policy/fair_queue.hpp"
#include "support/catch.hpp"
#include "unit/policy/waiting.hpp"

#include <aloft/semaphore.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace aloft;
using detail::semaphore_state;
using policy::fair_entry;
using test::waiting;
namespace asio = boost::asio;

namespace {

/// Requests with keys, and the order in which they were served.
class tenants {
public:
    explicit tenants(semaphore_state& of) : of_(of) {}

    semaphore_state::outcome ask(const std::string& key, std::uint32_t weight = 1)
    {
        auto& w = waiters_.emplace_back([this, key](error_code ec) {
            if (ec)
                refused += key;
            else
                served += key;
        });
        return of_.acquire(entries_.emplace_back(w, weight), key, 1);
    }
    fair_entry& last() { return entries_.back(); }

    std::string served;
    std::string refused;

private:
    semaphore_state& of_;
    std::deque<waiting> waiters_;
    std::deque<fair_entry> entries_;
};

} // namespace

TEST_CASE("keys take turns at the permits of a semaphore, and so do those without one")
{
    semaphore_state s(1, 100);
    CHECK(s.try_acquire());
    tenants all(s);
    for (int i = 0; i < 5; ++i)
        all.ask("a");
    all.ask("b");
    waiting plain([&](error_code) { all.served += "-"; });
    waiting plain_too([&](error_code) { all.served += "-"; });
    s.acquire(plain);
    s.acquire(plain_too);
    CHECK(s.waiting() == 8);
    for (int i = 0; i < 8; ++i)
        s.release();
    CHECK(all.served == "-ab-aaaa");
    CHECK(s.held() == 1);
    s.release();
    CHECK(s.held() == 0);
}

TEST_CASE("who takes many permits waits for all of them, and is not overtaken meanwhile")
{
    semaphore_state s(4, 100);
    tenants all(s);
    CHECK(all.ask("a", 3) == semaphore_state::outcome::acquired);
    CHECK(all.ask("b", 2) == semaphore_state::outcome::waiting);
    CHECK(all.ask("c", 1) == semaphore_state::outcome::waiting); // though one is free
    CHECK_FALSE(s.try_acquire());
    s.release(3);
    CHECK(all.served == "bc");
    CHECK(s.held() == 3);
    s.release(3);

    CHECK(all.ask("a", 9) == semaphore_state::outcome::acquired); // all there are
    CHECK(s.held() == 9);
    CHECK(all.ask("b", 1) == semaphore_state::outcome::waiting);
    s.release(9);
    CHECK(all.served == "bcb");
}

TEST_CASE("who gives up waiting for many permits clears the way")
{
    semaphore_state s(2, 100);
    CHECK(s.try_acquire());
    tenants all(s);
    all.ask("a", 2);
    auto& large = all.last();
    all.ask("b");
    s.cancel(large);
    CHECK(all.served == "b");
    CHECK(s.waiting() == 0);
    CHECK(s.held() == 2);
}

TEST_CASE("where the queue is full, the longest line makes room for a shorter one")
{
    semaphore_state s(1, 4);
    CHECK(s.try_acquire());
    tenants all(s);
    for (int i = 0; i < 4; ++i)
        CHECK(all.ask("a") == semaphore_state::outcome::waiting);
    CHECK(all.ask("a") == semaphore_state::outcome::full);
    CHECK(all.ask("b") == semaphore_state::outcome::waiting);
    CHECK(all.ask("b") == semaphore_state::outcome::waiting);
    CHECK(all.refused == "aa");
    CHECK(all.ask("b") == semaphore_state::outcome::full); // two and two
    waiting plain([&](error_code) { all.served += "-"; });
    CHECK(s.acquire(plain) == semaphore_state::outcome::waiting);
    CHECK(s.waiting() == 4);
    CHECK(all.refused.size() == 3);
    s.close();
    CHECK(all.refused.size() == 6);
}

TEST_CASE("a retry with a key goes before everybody, whatever the bound")
{
    semaphore_state s(1, 1);
    CHECK(s.try_acquire());
    tenants all(s);
    all.ask("a");
    waiting retry([&](error_code) { all.served += "r"; });
    fair_entry again(retry, 1);
    CHECK(s.acquire_first(again) == semaphore_state::outcome::waiting);
    s.release();
    s.release();
    CHECK(all.served == "ra");
}

TEST_CASE("no permit is lost with keys and weights, whatever the order of events")
{
    std::mt19937 random(13); // NOLINT
    semaphore_state s(6, 50);
    std::deque<waiting> waiters;
    std::deque<fair_entry> entries;
    std::vector<std::uint32_t> held;
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        switch (random() % 4) {
        case 0: {
            const std::uint32_t weight = 1 + random() % 8;
            auto& w = waiters.emplace_back([&, weight](error_code ec) {
                if (ec)
                    ++refused;
                else
                    held.push_back(weight);
            });
            auto& e = entries.emplace_back(w, weight);
            if (s.acquire(e, std::to_string(random() % 5), 1) == semaphore_state::outcome::acquired)
                held.push_back(weight);
            break;
        }
        case 1:
            if (!held.empty()) {
                const auto weight = held.back();
                held.pop_back();
                s.release(weight);
            }
            break;
        case 2:
            if (!entries.empty())
                s.cancel(entries[random() % entries.size()]);
            break;
        case 3: s.resize(random() % 9); break;
        }
        std::size_t sum = 0;
        for (const auto weight : held)
            sum += weight;
        REQUIRE(s.held() == sum);
        REQUIRE(s.waiting() <= 50);
        REQUIRE((held.size() <= 1 || sum <= 8 + 8));
    }
    s.resize(8);
    while (!held.empty()) {
        const auto weight = held.back();
        held.pop_back();
        s.release(weight);
    }
    CHECK(s.waiting() == 0);
    CHECK(s.held() == 0);
}

TEST_CASE("async_acquire with a key gives back as many permits as it took")
{
    asio::io_context context;
    semaphore s(context.get_executor(), 3);
    permit got;
    error_code ended;
    s.async_acquire(permit_request("a").weight(2), [&](error_code ec, permit with) {
        CHECK_FALSE(ec);
        got = std::move(with);
    });
    asio::cancellation_signal stop;
    s.async_acquire(permit_request("a").weight(2),
                    asio::bind_cancellation_slot(stop.slot(), [&](error_code ec, permit none) {
                        CHECK_FALSE(none);
                        ended = ec;
                    }));
    context.poll();
    CHECK(s.held() == 2);
    CHECK(s.waiting() == 1);
    stop.emit(asio::cancellation_type::total);
    context.restart();
    context.poll();
    CHECK(ended == asio::error::operation_aborted);
    got.release();
    CHECK(s.held() == 0);
    CHECK(s.waiting() == 0);
}
