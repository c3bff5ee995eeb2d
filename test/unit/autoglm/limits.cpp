#include "support/catch.hpp"
#include "unit/autoglm/model_world.hpp"

#include <aloft/autoglm.hpp>

#include <deque>
#include <string>
#include <utility>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view usage =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":60}}\n\n";

/// A model server whose answers a test writes, under limits.
class limited_world : public client_world {
public:
    explicit limited_world(client_options with, const retry_rules& retries = retry_rules::none()) :
        client_world(true, with.retries(retries)), // with none a reply is there with its head
        glm(std::move(*http), autoglm::options("http://server/v1"))
    {
        http = std::make_unique<client>(core);
    }
    outcome_of<autoglm::reply>& ask(std::int64_t max_tokens)
    {
        autoglm::chat_request made;
        made.user("Open the settings").max_tokens(max_tokens);
        glm.async_stream(made, why, all.emplace_back().handler());
        settle();
        return all.back();
    }
    /// Answers the request seen last, and reads the answer to its end.
    void answer(autoglm::reply& to, std::string_view text)
    {
        last().write(text);
        last().end();
        settle();
        while (to.try_next() != nullptr) {
        }
        settle();
    }
    [[nodiscard]] limit_state state() { return glm.http().limits(get().url()); }

    autoglm::client glm;
    autoglm::failure why;
    std::deque<outcome_of<autoglm::reply>> all;
};

} // namespace

TEST_CASE("a chat request holds as many tokens as it may use, and gives back what it did not")
{
    limited_world here(client_options().rates(rate_limits().tokens_per_minute(600'000, 10'000)));
    here.on_request = [](served& r) {
        r.begin();
        r.write(event);
    };
    auto& first = here.ask(6000);
    REQUIRE(first.calls == 1);
    const auto reserved = 10'000 - *here.state().tokens_left;
    CHECK(reserved > 6000);
    CHECK(reserved < 6100);
    here.ask(6000);
    CHECK(here.seen.size() == 1); // no room for another one

    here.answer(first.got, std::string(usage) + std::string(done));
    CHECK(first.got.over());
    CHECK_FALSE(first.got.error());
    CHECK(here.seen.size() == 2);
    CHECK(here.state().tokens_left > 10'000 - 100 - 6100); // answers turned out shorter
}

TEST_CASE("an answer without usage is settled by its length")
{
    limited_world here(client_options().rates(rate_limits().tokens_per_minute(600'000, 10'000)));
    here.on_request = [](served& r) {
        r.begin();
        r.write(event);
    };
    auto& first = here.ask(6000);
    REQUIRE(first.calls == 1);
    here.answer(first.got, done);
    CHECK_FALSE(first.got.error());
    CHECK(here.state().tokens_left > 9900);
}

TEST_CASE("an error inside a 200 is no success that raises the concurrency")
{
    const auto learned = [](std::string_view first, const retry_rules& retries) {
        limited_world here(client_options().adaptive(adaptive_concurrency().initial(1)), retries);
        here.on_request = [first](served& r) {
            r.begin();
            r.write(first);
            r.write(done);
            r.end();
        };
        for (int i = 0; i < 5; ++i) {
            here.ask(10);
            here.pass(20s);
            REQUIRE(here.all.back().calls == 1);
            while (!here.all.back().ec && here.all.back().got.try_next() != nullptr) {
            }
        }
        return *here.state().concurrency;
    };
    constexpr std::string_view passing = "data: {\"error\":{\"code\":\"1234\"}}\n\n";
    CHECK(learned(finish, retry_rules()) > 2);
    CHECK(learned(passing, retry_rules()) == 1);
}

TEST_CASE("an overload that a whole answer of 200 tells of lowers the concurrency")
{
    limited_world here(client_options().adaptive(adaptive_concurrency().initial(20)));
    here.on_request = [](served& r) {
        r.answer("{\"error\":{\"code\":\"1302\",\"message\":\"slow down\"},\"request_id\":\"r-7\"}",
                 200, "application/json");
    };
    autoglm::chat_request ask;
    ask.user("Open the settings");
    outcome_of<chat::completion> one;
    here.glm.async_complete(ask, here.why, one.handler());
    here.settle();
    REQUIRE(one.ec == errc::stream_error);
    CHECK(here.why.server.code == "1302");
    CHECK(here.why.detail == "1302, request id r-7");
    CHECK(here.why.initiator == initiator::peer);
    CHECK(here.glm.http().metrics().overloads == 1);
    CHECK(here.state().concurrency == 14U);
}

TEST_CASE("the time to the first token lowers the concurrency before the server complains")
{
    limited_world here(client_options().adaptive(
        adaptive_concurrency().initial(20).bounds(1, 200).follow_first_token()));
    here.on_request = [](served& r) { r.begin(); };
    const auto time_to_first_token = [&](milliseconds time) {
        auto& one = here.ask(10);
        REQUIRE(one.calls == 1);
        here.pass(time);
        here.answer(one.got, std::string(event) + std::string(done));
    };
    for (int i = 0; i < 20; ++i)
        time_to_first_token(100ms);
    CHECK(here.state().concurrency == 20U); // one at a time is no reason for more
    for (int i = 0; i < 20; ++i)
        time_to_first_token(400ms);
    CHECK(here.state().concurrency < 15U);
}
