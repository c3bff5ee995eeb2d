#include "unit/autoglm/model_world.hpp"

#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

using answer = std::function<void(served&)>;

answer status(unsigned code, std::string body = "", std::string_view type = "application/json")
{
    return [=](served& r) { r.answer(body, code, type); };
}

answer events(std::string bytes)
{
    return [=](served& r) {
        r.begin();
        r.write(bytes);
        r.end();
    };
}

answer good()
{
    return events("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},"
                  "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
}

constexpr std::string_view whole =
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}";

/// A server that gives these answers, the last one for ever, and how often it was asked.
struct retry_world : model_world {
    explicit retry_world(std::vector<answer> all, client_options with = client_options(),
                         bool http2 = true,
                         autoglm::options model = autoglm::options("http://server/v1")) :
        model_world(http2, std::move(with), std::move(model)), answers(std::move(all))
    {
        on_request = [this](served& r) { answers[std::min(asked++, answers.size() - 1)](r); };
    }
    /// Asks for a stream and lets time pass until there is a result.
    outcome_of<autoglm::reply>& result()
    {
        if (asked == 0 && dials == 0)
            ask();
        for (int i = 0; i < 400 && one.calls == 0; ++i)
            pass(500ms);
        REQUIRE(one.calls == 1);
        return one;
    }
    std::string text()
    {
        auto& got = result();
        if (got.ec)
            return got.ec.message();
        drain_all(got.got);
        return std::string(got.got.text());
    }
    static void drain_all(autoglm::reply& from)
    {
        while (from.try_next() != nullptr) {
        }
    }

    std::vector<answer> answers;
    std::size_t asked = 0;
};

constexpr auto infinite = std::numeric_limits<double>::infinity();

client_options rules(const retry_rules& these)
{
    return client_options().retries(these);
}

} // namespace

TEST_CASE(
    "a server that is busy is asked again twice, after a while, without a word from the caller")
{
    retry_world here({status(503), status(429), good()}, client_options(), any_version());
    here.ask();
    CHECK(here.one.calls == 0);
    CHECK(here.http->counts().in_flight == 0); // the permit is others' meanwhile
    CHECK(here.text() == "hi");
    CHECK(here.asked == 3);
    CHECK(here.seen[0]->body == here.seen[2]->body);
    CHECK(here.one.got.headers().get("content-type") == "text/event-stream");
    CHECK(here.one.got.attempts() == 3);
    here.one.got = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("a server that stays busy is asked three times, and the failure says so")
{
    retry_world here({status(503, "{\"error\":{\"type\":\"unavailable_error\"}}")});
    CHECK(here.result().ec == errc::http_status);
    CHECK(here.asked == 3);
    CHECK(here.why.attempts == 3);
    CHECK(here.why.waited > 0ms);
    CHECK(here.why.waited <= 1500ms);
    CHECK(here.why.stopped == "that was the last of 2 retries");
    CHECK(here.why.server.status == 503);
    const auto text = here.why.message();
    CAPTURE(text);
    CHECK(text.find("3 attempts, ") != std::string::npos);
    CHECK(text.find("not tried again: that was the last of 2 retries") != std::string::npos);
    CHECK(here.idle());
}

TEST_CASE("what would fail again is not tried again")
{
    for (const auto& [code, body] : {
             std::pair(400U, ""),
             std::pair(401U, ""),
             std::pair(404U, ""),
             std::pair(429U, "{\"error\":{\"code\":\"insufficient_quota\"}}"),
             std::pair(429U, "{\"error\":{\"code\":\"1113\",\"message\":\"arrears\"}}"),
             std::pair(500U, "{\"error\":{\"type\":\"invalid_request_error\"}}"),
         }) {
        CAPTURE(code, body);
        retry_world here({status(code, body), good()});
        CHECK(here.result().ec == errc::http_status);
        CHECK(here.asked == 1);
        CHECK(here.why.stopped.empty());
        CHECK(here.why.attempts == 1);
        CHECK(here.why.waited == 0ms);
    }
}

TEST_CASE(
    "errors in a 200, in place of a stream or as its first event, are tried again by their class")
{
    for (const auto& [first, again] : {
             std::pair(
                 events("data: {\"error\":{\"message\":\"m\",\"type\":\"InternalServerError\","
                        "\"code\":500}}\n\ndata: [DONE]\n\n"),
                 true),
             std::pair(events("data: {\"error\":{\"object\":\"error\",\"message\":\"The request "
                              "queue is full.\",\"type\":\"SERVICE_UNAVAILABLE\",\"param\":null,"
                              "\"code\":503}}\n\ndata: [DONE]\n\n"),
                       true),
             std::pair(events("data: {\"error\":{\"code\":503,\"message\":\"m\","
                              "\"type\":\"unavailable_error\"}}\n\n"),
                       true),
             std::pair(events(": waiting\n\nevent: error\ndata: {\"message\":\"m\","
                              "\"code\":\"1302\"}\n\n"),
                       true),
             std::pair(events("data: {\"error\":{\"code\":\"1261\",\"message\":\"m\"}}\n\n"),
                       false),
             std::pair(events("data: {\"error\":{\"message\":\"m\",\"type\":\"BadRequestError\","
                              "\"code\":400}}\n\n"),
                       false),
             std::pair(status(200, "{\"error\":{\"code\":\"1305\",\"message\":\"m\"}}"), true),
             std::pair(status(200, "{\"object\":\"error\",\"message\":\"m\",\"code\":503}"), true),
             std::pair(status(200, "{\"error\":\"loading\"}"), true),
             std::pair(status(200, "{\"error\":{\"code\":\"1113\",\"message\":\"m\"}}"), false),
             std::pair(status(200, "<html>", "text/html"), false),
         }) {
        retry_world here({first, good()}, client_options(), any_version());
        if (again) {
            CHECK(here.text() == "hi");
            CHECK(here.asked == 2);
        } else {
            CHECK(here.result().ec.failed());
            CHECK(here.asked == 1);
        }
    }
}

TEST_CASE("an error as the first event that stays tells what the server said")
{
    retry_world here({events("data: {\"error\":{\"message\":\"full\",\"code\":503}}\n\n")});
    CHECK(here.result().ec == errc::stream_error);
    CHECK(here.asked == 3);
    CHECK(here.why.server.message == "full");
    CHECK(here.why.server.status == 503);
    CHECK(here.why.attempts == 3);
    CHECK(here.why.message().find("full") == std::string::npos); // it may quote a prompt
}

TEST_CASE("an answer is not taken for an error because it talks of one")
{
    retry_world here(
        {events("data: {\"error\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                "\"an \\\"error\\\" I say\"},\"finish_reason\":\"stop\"}]}\n\n")});
    CHECK(here.text() == "an \"error\" I say");
    CHECK(here.asked == 1);
}

TEST_CASE("after its first event a stream is never begun again")
{
    const auto rest =
        GENERATE(std::string_view("data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n"),
                 std::string_view());
    retry_world here({events(std::string(event) + std::string(rest)), good()});
    auto& got = here.result();
    REQUIRE_FALSE(got.ec);
    here.pass(60s);
    retry_world::drain_all(got.got);
    CHECK(got.got.error() == (rest.empty() ? errc::truncated_stream : errc::stream_error));
    CHECK(got.got.text() == "tok ");
    CHECK(here.asked == 1);
}

TEST_CASE("a stream that ends, is reset, or stays silent before its first event is begun again")
{
    const auto first =
        GENERATE(answer([](served& r) {
                     r.begin();
                     r.write(": ping\n\n");
                     r.end();
                 }),
                 answer([](served& r) {
                     r.begin();
                     r.write("data: {\"choi");
                     r.reset(2);
                 }),
                 answer([](served& r) { r.reset(2); }), answer([](served& r) { r.link.close(); }),
                 answer([](served& r) { r.begin(); }), answer([](served&) {}));
    retry_world here({first, good()},
                     client_options().deadlines(deadlines().first_event(5s).head(5s)),
                     any_version());
    CHECK(here.text() == "hi");
    CHECK(here.asked == 2);
    CHECK(here.seen[0]->over()); // and cancelled on the wire
    here.one.got = autoglm::reply();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("streams that keep ending before their first event fail as what they are")
{
    SECTION("in peace")
    {
        retry_world here({events("")});
        auto& got = here.result();
        REQUIRE_FALSE(got.ec);
        retry_world::drain_all(got.got);
        CHECK(got.got.error() == errc::truncated_stream);
        CHECK(here.asked == 3);
        const auto why = got.got.why();
        CHECK(why.attempts == 3);
        CHECK(why.stopped == "that was the last of 2 retries");
    }
    SECTION("in silence")
    {
        retry_world here({[](served& r) { r.begin(); }},
                         client_options().deadlines(deadlines().first_event(5s)));
        CHECK(here.result().ec == errc::first_event_timeout);
        CHECK(here.asked == 3);
        CHECK(here.why.initiator == initiator::aloft);
        CHECK(here.why.stopped == "that was the last of 2 retries");
    }
}

TEST_CASE("a server that cannot be reached is tried three times")
{
    retry_world here({good()});
    here.refuse = errc::connect_failed;
    CHECK(here.result().ec == errc::connect_failed);
    CHECK(here.why.processing == processing::never_sent);
    CHECK(here.why.stopped == "that was the last of 2 retries");
    CHECK(here.dials >= 3);
}

TEST_CASE("a server that cannot be reached is tried once where the rules say so")
{
    retry_world here({good()}, rules(retry_rules().unreachable(false)));
    here.refuse = errc::connect_failed;
    CHECK(here.result().ec == errc::connect_failed);
    CHECK(here.why.waited == 0ms);
    CHECK(here.dials == 1);
}

TEST_CASE("what becomes permanent after a retry says how often it was tried")
{
    retry_world here({status(503), status(400)});
    CHECK(here.result().ec == errc::http_status);
    CHECK(here.why.server.status == 400);
    CHECK(here.why.attempts == 2);
    CHECK(here.why.stopped == "it would fail again");
}

TEST_CASE("a server that is back in time is reached")
{
    retry_world here({good()}, rules(retry_rules().backoff(2s, 2s)));
    here.refuse = errc::connect_failed;
    here.ask();
    here.refuse = {};
    CHECK(here.text() == "hi");
}

TEST_CASE("what a server asks for is waited for")
{
    retry_world here({[](served& r) {
                          r.head.add("retry-after-ms", "7000");
                          r.answer("", 429);
                      },
                      good()});
    here.ask();
    here.pass(6999ms);
    CHECK(here.asked == 1);
    here.pass(702ms);
    CHECK(here.asked == 2);
    CHECK(here.text() == "hi");
}

TEST_CASE("a wait that is too long ends the request at once, and a quota needs to be told its end")
{
    const auto ask_for = [](std::string_view wait, std::string_view code) {
        return [=](served& r) {
            if (!wait.empty())
                r.head.add("retry-after", wait);
            r.answer("{\"error\":{\"code\":\"" + std::string(code) + "\",\"message\":\"m\"}}", 429);
        };
    };
    SECTION("a wait beyond two minutes")
    {
        retry_world here({ask_for("121", "")});
        CHECK(here.result().ec == errc::http_status);
        CHECK(here.asked == 1);
        CHECK(here.why.stopped == "the server asks for a wait beyond 120 s");
    }
    SECTION("a quota")
    {
        retry_world here({ask_for("", "1308")});
        CHECK(here.result().ec == errc::http_status);
        CHECK(here.why.stopped == "the quota is used up");
    }
    SECTION("a quota with an end")
    {
        retry_world here({ask_for("20", "1308"), good()});
        CHECK(here.text() == "hi");
    }
}

TEST_CASE("x-should-retry decides")
{
    const auto with = [](std::string_view again, unsigned code) {
        return [=](served& r) {
            r.head.add("x-should-retry", again);
            r.answer("", code);
        };
    };
    retry_world not_again({with("false", 503), good()});
    CHECK(not_again.result().ec == errc::http_status);
    CHECK(not_again.why.stopped == "the server says not to");
    retry_world again({with("true", 400), good()});
    CHECK(again.text() == "hi");
}

TEST_CASE("no retry begins after the total time, or the window")
{
    SECTION("total")
    {
        retry_world here({[](served& r) {
                             r.head.add("retry-after", "10");
                             r.answer("", 503);
                         }},
                         client_options().deadlines(deadlines().total(8s)));
        CHECK(here.result().ec == errc::http_status);
        CHECK(here.why.stopped == "its total time leaves no room");
        CHECK(here.asked == 1);
    }
    SECTION("window")
    {
        retry_world here({status(503)},
                         rules(retry_rules().retries(1000).backoff(1s, 1s).window(10s))
                             .retry_budget(infinite)
                             .retry_throttle(infinite));
        CHECK(here.result().ec == errc::http_status);
        CHECK(here.why.stopped == "the time for retries, 10 s, is over");
        CHECK(here.why.waited <= 10s);
        CHECK(here.asked > 5);
    }
}

TEST_CASE("a request has rules of its own, and a table codes of its own")
{
    SECTION("of a request")
    {
        retry_world here({status(503)});
        here.glm.async_stream(question().retries(retry_rules::none()), here.why,
                              here.one.handler());
        here.settle();
        CHECK(here.one.ec == errc::http_status);
        CHECK(here.why.stopped.empty());
        CHECK(here.asked == 1);
    }
    SECTION("of a server")
    {
        error_table mine;
        mine.add("house_full", error_class::overload);
        retry_world here({status(400, "{\"error\":{\"code\":\"house_full\"}}"), good()},
                         client_options(), true, autoglm::options("http://server/v1").errors(mine));
        CHECK(here.text() == "hi");
    }
}

TEST_CASE("where all requests fail, retries are a tenth of them and the rest fail at once")
{
    constexpr std::size_t count = 500;
    retry_world here({status(503)});
    std::vector<outcome_of<autoglm::reply>> all(count);
    std::deque<autoglm::failure> why(count);
    for (std::size_t i = 0; i < count; ++i)
        here.glm.async_stream(question(), why[i], all[i].handler());
    here.pass(60s);
    for (const auto& one : all)
        CHECK(one.ec == errc::http_status);
    CHECK(here.asked > count);
    CHECK(here.asked <= count + count / 10 + 10);
    CHECK(why.back().stopped.size() > 10);
    CHECK(here.idle());
}

TEST_CASE("a completion in one piece is tried again until the whole of it is there")
{
    const auto first =
        GENERATE(status(503), status(200, "{\"error\":{\"code\":\"1302\",\"message\":\"m\"}}"),
                 answer([](served& r) {
                     r.head.add("content-length", "100000");
                     r.begin(200, "application/json");
                     r.write(whole.substr(0, 10));
                     r.write(std::string(20'000, ' '));
                     r.reset(2);
                 }),
                 answer([](served& r) {
                     r.begin(200, "application/json");
                     r.write(whole.substr(0, 10));
                     r.reset(2);
                 }),
                 answer([](served& r) { r.link.close(); }));
    retry_world here({first, status(200, std::string(whole))});
    outcome_of<chat::completion> one;
    here.glm.async_complete(question(), here.why, one.handler());
    here.pass(60s);
    REQUIRE(one.calls == 1);
    CHECK_FALSE(one.ec);
    CHECK(one.got.content() == "hi");
    CHECK(here.asked == 2);
    CHECK(here.idle());
}

TEST_CASE("a completion in one piece that stays an error tells what the server said")
{
    retry_world here({status(200, "{\"error\":{\"code\":\"1302\",\"message\":\"m\"}}")});
    outcome_of<chat::completion> one;
    here.glm.async_complete(question(), here.why, one.handler());
    here.pass(60s);
    CHECK(one.ec == errc::stream_error);
    CHECK(here.why.server.code == "1302");
    CHECK(here.why.attempts == 3);
}
