#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <deque>
#include <string>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

/// Requests whose paths the server notes in order, and answers when told to.
class asked_world : public client_world {
public:
    explicit asked_world(client_options options, bool http2_spoken = any_version()) :
        client_world(http2_spoken, std::move(options))
    {
        on_request = [this](served& r) {
            paths += r.header(":path").substr(1);
            if (at_once)
                r.answer("ok");
        };
    }
    ~asked_world()
    {
        http.reset(); // while there is somebody to be told
        settle();
    }
    outcome_of<whole_response>& ask(request what)
    {
        auto& one = all.emplace_back();
        http->async_fetch(std::move(what), one.why, one.handler());
        settle();
        return one;
    }
    outcome_of<whole_response>& ask(const std::string& tenant)
    {
        return ask(std::move(get("/" + tenant).tenant(tenant)));
    }
    void answer_first()
    {
        for (auto* one : seen) {
            if (!one->carried.outgoing_ended && !one->over() && one->head.empty()) {
                one->answer("ok");
                break;
            }
        }
        settle();
    }
    [[nodiscard]] limit_state state() const { return http->limits(get().url()); }

    std::string paths;
    std::deque<outcome_of<whole_response>> all;
    bool at_once = false;
};

} // namespace

TEST_CASE("a burst of one tenant holds up another for one request and not for all of them")
{
    asked_world here(client_options().max_in_flight(1));
    for (int i = 0; i < 5; ++i)
        here.ask("a");
    here.ask("b");
    CHECK(here.http->counts().queued == 5);
    for (int i = 0; i < 6; ++i)
        here.answer_first();
    CHECK(here.paths == "aabaaa");
    CHECK(here.idle());
}

TEST_CASE("a request of some weight takes as many places")
{
    asked_world here(client_options().max_in_flight(3));
    here.ask(std::move(here.get("/a").weight(2)));
    here.ask(std::move(here.get("/b").weight(2)));
    CHECK(here.paths == "a");
    CHECK(here.http->counts().in_flight == 2);
    here.answer_first();
    CHECK(here.paths == "ab");
    here.answer_first();
    CHECK(here.idle());
}

TEST_CASE("a full queue says how many wait, and for how long (queue_full)")
{
    asked_world here(client_options().max_in_flight(1).max_waiting(1));
    here.ask(here.get());
    here.ask(here.get());
    here.pass(2500ms);
    auto& refused = here.ask(here.get());
    REQUIRE(refused.calls == 1);
    CHECK(refused.ec == errc::queue_full);
    CHECK(refused.why.detail == "1 wait, the first of them for 2.5 s");
    CHECK(refused.why.initiator == initiator::aloft);
    CHECK(refused.why.processing == processing::never_sent);
}

TEST_CASE("requests a minute are kept to (rates)")
{
    asked_world here(client_options().rates(rate_limits().requests_per_minute(60)));
    here.at_once = true;
    for (int i = 0; i < 4; ++i)
        here.ask(here.get("/" + std::to_string(i)));
    CHECK(here.paths == "0");
    CHECK(here.http->counts().queued == 3);
    CHECK(here.http->counts().in_flight == 0);
    CHECK(here.state().waiting == 3);
    here.pass(1s);
    CHECK(here.paths == "01");
    here.pass(2s);
    CHECK(here.paths == "0123");
    CHECK(here.idle());
}

TEST_CASE("a request that waits for its turn ends by its queue clock, and says for what")
{
    asked_world here(client_options()
                         .rates(rate_limits().requests_per_minute(1))
                         .deadlines(deadlines().queue(5s)));
    here.at_once = true;
    here.ask(here.get());
    auto& late = here.ask(here.get());
    here.pass(5s);
    REQUIRE(late.calls == 1);
    CHECK(late.ec == errc::queue_timeout);
    CHECK(late.why.detail == "for requests or tokens a minute (rate limits)");
    CHECK(here.idle());
}

TEST_CASE("tokens a minute hold back what a request says it needs")
{
    asked_world here(client_options().rates(rate_limits().tokens_per_minute(60'000)));
    here.at_once = true;
    here.ask(std::move(here.get("/a").tokens(3000)));
    here.ask(std::move(here.get("/b").tokens(1000)));
    CHECK(here.paths == "a");
    CHECK(here.state().tokens_left == -2000);
    here.pass(2999ms);
    CHECK(here.paths == "a");
    here.pass(1ms);
    CHECK(here.paths == "ab");
}

TEST_CASE("what was never sent uses nothing of the rate")
{
    asked_world here(client_options().rates(rate_limits().tokens_per_minute(60'000)));
    here.refuse = errc::connect_failed;
    auto& failed = here.ask(std::move(here.get().tokens(900)));
    here.pass(1s);
    CHECK(failed.calls == 1);
    CHECK(failed.ec == errc::connect_failed);
    CHECK(here.state().tokens_left == 1000);
}

TEST_CASE("what a server says is left is kept to, its 429 too")
{
    asked_world here(client_options().rates(rate_limits()));
    here.on_request = [&](served& r) {
        here.paths += r.header(":path").substr(1);
        if (here.seen.size() == 1) {
            r.head.add("x-ratelimit-remaining-requests", "0");
            r.head.add("x-ratelimit-reset-requests", "1.5s");
        }
        if (here.seen.size() == 2)
            r.head.add("retry-after", "4");
        r.answer("ok", here.seen.size() == 2 ? 429 : 200);
    };
    here.ask(here.get("/a"));
    CHECK(here.state().requests_left == 0);
    here.ask(here.get("/b"));
    here.pass(1499ms);
    CHECK(here.paths == "a");
    here.pass(1ms);
    CHECK(here.paths == "ab");
    here.ask(here.get("/c"));
    here.pass(3999ms);
    CHECK(here.paths == "ab");
    here.pass(1ms);
    CHECK(here.paths == "abc");
    CHECK(here.http->metrics().overloads == 1);
}

TEST_CASE("concurrency is learned from a server that says 503 (adaptive)")
{
    asked_world here(client_options().adaptive(adaptive_concurrency().initial(2)));
    const std::size_t capacity = 10;
    std::size_t refused = 0;
    std::deque<served*> under_way;
    here.on_request = [&](served& r) {
        if (under_way.size() < capacity)
            return under_way.push_back(&r);
        ++refused;
        r.answer("busy", 503);
    };
    CHECK(here.http->counts().concurrency == 0);
    for (int i = 0; i < 400; ++i)
        here.http->async_fetch(here.get(), here.all.emplace_back().handler());
    here.settle();
    CHECK(here.http->counts().in_flight == 2);
    std::size_t most = 0;
    while (!under_way.empty()) {
        here.pass(1ms);
        auto* const first = under_way.front();
        under_way.pop_front();
        first->answer("ok");
        here.settle();
        most = std::max(most, here.http->counts().in_flight);
    }
    CHECK(most <= capacity + 1);
    CHECK(most >= capacity);
    CHECK(refused <= 40); // of 400; without a limit it would be 390
    CHECK(here.state().overloads == refused);
    CHECK(here.http->counts().concurrency >= 5);
    CHECK(here.http->counts().concurrency <= capacity + 1);
    CHECK(here.idle());
}

TEST_CASE("a client that closes ends those who wait for its limits")
{
    asked_world here(client_options().rates(rate_limits().requests_per_minute(1)));
    here.ask(here.get());
    auto& waits = here.ask(here.get());
    here.http.reset();
    here.settle();
    CHECK(waits.ec == errc::client_closed);
}

TEST_CASE("an origin that is not limited has no state, and its requests no limits")
{
    asked_world here{client_options()};
    here.at_once = true;
    here.ask(here.get());
    CHECK(here.state().in_flight == 0);
    CHECK_FALSE(here.state().requests_left);
    CHECK(here.core->limits.empty());
}

TEST_CASE("limits of origins that nobody uses are forgotten beyond a thousand")
{
    asked_world here(client_options().rates(rate_limits()), true);
    here.refuse = errc::connect_failed;
    here.ask(here.get());
    for (int i = 0; i < 1100; ++i) {
        here.all.clear();
        here.ask(request("GET", "http://server-" + std::to_string(i) + "/"));
    }
    CHECK(here.core->limits.size() <= 1024);
}
