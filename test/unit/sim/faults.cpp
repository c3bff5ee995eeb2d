#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "unit/sim/sim_world.hpp"

using namespace aloft;
using namespace aloft::test;

namespace {

sim::options with(std::string_view rules)
{
    std::string problem;
    const auto script = sim::fault_script::parse(rules, problem);
    INFO(problem);
    REQUIRE(script);
    return steady().faults(*script);
}

/// A world with one client and one stream asked for.
struct scene {
    scene(const sim::options& settings, bool http2, std::string_view more = "\"stream\":true") :
        here(settings), by(here, http2), asked(chat_call(here, more))
    {
        by.send(*asked);
        here.settle();
    }
    scene(std::string_view rules, bool http2, std::string_view more = "\"stream\":true") :
        scene(with(rules), http2, more)
    {
    }

    world here;
    client by;
    std::unique_ptr<call> asked;
};

} // namespace

TEST_CASE("fault status: an error response in the chosen form")
{
    scene s("request 1: status 429 zai retry-after 7 header x-should-retry true", any_version());
    CHECK(s.asked->status() == 429);
    CHECK(s.asked->carried.head.get("retry-after") == "7");
    CHECK(s.asked->carried.head.get("x-should-retry") == "true");
    CHECK(s.asked->text == R"({"error":{"code":"1302","message":"Too Many Requests"}})");
    const auto next = chat_call(s.here);
    s.by.send(*next);
    s.here.pass(milliseconds(400));
    CHECK(next->done());
    CHECK(s.here.core.count().faults == 1);
}

TEST_CASE("fault reset: after so many events the stream is reset")
{
    scene s("always: reset ENHANCE_YOUR_CALM after 3", true);
    s.here.pass(milliseconds(400));
    CHECK(s.asked->tokens() == 3);
    CHECK(s.asked->error() == errc::stream_reset);
    CHECK(s.asked->carried.http2_code == 11);
    CHECK(s.here.core.count().cancelled == 0);
    CHECK(s.here.core.count().connections_open == 1);
}

TEST_CASE("fault reset: HTTP/1.1 loses its connection instead")
{
    scene s("always: reset after 3", false);
    s.here.pass(milliseconds(400));
    CHECK(s.asked->tokens() == 3);
    CHECK(s.asked->error());
    CHECK(s.here.core.count().connections_open == 0);
}

TEST_CASE("fault reset: without a number of events there is no head")
{
    scene s("always: reset", true);
    CHECK(s.asked->status() == 0);
    CHECK(s.asked->error() == errc::stream_reset);
    CHECK(s.asked->carried.http2_code == 2);
}

TEST_CASE("fault refuse: the request was not processed")
{
    scene s("always: refuse", true);
    CHECK(s.asked->error() == errc::stream_refused);
    CHECK(s.asked->carried.sent == progress::refused);
}

TEST_CASE("fault goaway: the request goes on, no other may begin")
{
    scene s("always: goaway ENHANCE_YOUR_CALM after 2", true);
    s.here.pass(milliseconds(125));
    CHECK(s.by.link->carried().capacity() == 0);
    s.here.pass(milliseconds(400));
    CHECK(s.asked->done());
    CHECK_FALSE(s.asked->error());
}

TEST_CASE("fault goaway: streams above the last one are dropped")
{
    scene s("request 2: goaway last 1", true);
    const auto second = chat_call(s.here);
    s.by.send(*second);
    s.here.pass(milliseconds(400));
    CHECK(second->error() == errc::stream_refused);
    CHECK(s.asked->done());
}

TEST_CASE("fault goaway: HTTP/1.1 closes after the reply")
{
    scene s("always: goaway after 2", false);
    s.here.pass(milliseconds(400));
    CHECK(s.asked->done());
    CHECK(s.here.core.count().connections_open == 0);
}

TEST_CASE("fault stall: for ever, for a while, or before the head")
{
    const bool http2 = any_version();
    SECTION("for ever")
    {
        scene s("always: stall after 2", http2);
        s.here.pass(milliseconds(5000));
        CHECK(s.asked->tokens() == 2);
        CHECK_FALSE(s.asked->over());
        CHECK(s.here.core.count().in_flight == 1);
    }
    SECTION("for a while")
    {
        scene s("always: stall 1s after 2", http2);
        s.here.pass(milliseconds(1100));
        CHECK(s.asked->tokens() == 2);
        s.here.pass(milliseconds(20));
        CHECK(s.asked->tokens() == 3);
        s.here.pass(milliseconds(400));
        CHECK(s.asked->done());
    }
    SECTION("before the head")
    {
        scene s("always: stall 1s head", http2);
        s.here.pass(milliseconds(999));
        CHECK(s.asked->status() == 0);
        s.here.pass(milliseconds(1));
        CHECK(s.asked->status() == 200);
        s.here.pass(milliseconds(300));
        CHECK(s.asked->done());
    }
    SECTION("before the head, for ever")
    {
        scene s("always: stall head", http2);
        s.here.pass(milliseconds(5000));
        CHECK(s.asked->status() == 0);
        CHECK_FALSE(s.asked->over());
    }
}

TEST_CASE("fault garbage: the client finds its connection broken")
{
    scene s("always: garbage after 2", any_version());
    s.here.pass(milliseconds(400));
    CHECK(s.asked->tokens() == 2);
    CHECK(s.asked->error() == errc::protocol_error);
    CHECK(s.here.core.count().connections_open == 0);
    CHECK(s.here.core.count().cancelled == 0);
}

TEST_CASE("fault truncate: an end without finish reason and [DONE]")
{
    scene s("always: truncate after 4", any_version());
    s.here.pass(milliseconds(400));
    CHECK(s.asked->tokens() == 4);
    CHECK(s.asked->finishes() == 0);
    CHECK_FALSE(s.asked->done());
    CHECK(s.asked->over());
    CHECK_FALSE(s.asked->error());
}

TEST_CASE("fault truncate: half of a reply in one piece")
{
    scene s("always: truncate", any_version(), "");
    s.here.pass(milliseconds(400));
    CHECK(s.asked->status() == 200);
    CHECK(s.asked->over());
    CHECK(s.asked->error());
}

TEST_CASE("fault cut: the connection ends within a frame or chunk")
{
    scene s("always: cut after 2", any_version());
    s.here.pass(milliseconds(400));
    CHECK(s.asked->tokens() == 2);
    CHECK(s.asked->error());
    CHECK(s.by.over);
}

TEST_CASE("fault error: an error event in the stream")
{
    const bool http2 = any_version();
    SECTION("as vLLM does it")
    {
        scene s("always: error vllm code 500 message broken after 2", http2);
        s.here.pass(milliseconds(400));
        CHECK(s.asked->status() == 200);
        CHECK(s.asked->tokens() == 2);
        CHECK(s.asked->done());
        CHECK(s.asked->count(R"({"error":{"message":"broken","type":"InternalServerError")") == 1);
    }
    SECTION("first of all, as SGLang does it")
    {
        scene s("always: error sglang", http2);
        s.here.pass(milliseconds(400));
        CHECK(s.asked->status() == 200);
        CHECK(s.asked->text.starts_with(R"(data: {"error":{"object":"error","message":)"));
        CHECK(s.asked->done());
    }
    SECTION("as llama.cpp does it, without [DONE]")
    {
        scene s("always: error llama.cpp after 2", http2);
        s.here.pass(milliseconds(400));
        CHECK(s.asked->count(R"({"error":{"code":503,)") == 1);
        CHECK_FALSE(s.asked->done());
        CHECK(s.asked->over());
    }
    SECTION("as a status where nothing is streamed")
    {
        scene s("always: error", http2, "");
        s.here.pass(milliseconds(400));
        CHECK(s.asked->status() == 503);
    }
}

TEST_CASE("fault max-streams: the client may open fewer from then on")
{
    scene s("request 1: max-streams 3 after 1", true);
    CHECK(s.by.link->carried().capacity() == 1000);
    s.here.pass(milliseconds(400));
    CHECK(s.by.link->carried().capacity() == 3);
    CHECK(s.asked->done());
}

TEST_CASE("fault close: everything on the connection fails")
{
    scene s("request 1: close after 2", true);
    const auto other = chat_call(s.here);
    s.by.send(*other);
    s.here.pass(milliseconds(400));
    CHECK(s.asked->error() == errc::connection_closed);
    CHECK(other->error() == errc::connection_closed);
    CHECK(s.here.core.count().cancelled == 0);
    CHECK(s.here.core.count().in_flight == 0);
}

TEST_CASE("fault close: at once, in the middle of what else was read")
{
    const bool http2 = any_version();
    const bool told = GENERATE(false, true);
    world here(with("always: close"));
    client by(here, http2, told);
    std::vector<std::unique_ptr<call>> all;
    for (int i = 0; i != (http2 ? 5 : 1); ++i) {
        all.push_back(chat_call(here));
        by.send(*all.back());
    }
    here.settle();
    for (const auto& one : all)
        CHECK(one->error());
    CHECK(here.core.count().connections_open == 0);
}

TEST_CASE("a request may ask for its own fault")
{
    const bool http2 = any_version();
    world here(with("always: status 500"));
    client by(here, http2);
    const auto asked = chat_call(here);
    asked->with("x-sim-fault", "status 503 text message busy");
    by.send(*asked);
    call lookup(here.pool, "GET", "/v1/models");
    lookup.with("x-sim-fault", "status 502");
    here.settle();
    by.send(lookup);
    here.settle();
    CHECK(asked->status() == 503);
    CHECK(asked->text == "busy\n");
    CHECK(lookup.status() == 502);

    const auto wrong = chat_call(here);
    wrong->with("x-sim-fault", "explode");
    by.send(*wrong);
    here.settle();
    CHECK(wrong->status() == 400);
    CHECK(wrong->text.find("explode") != std::string::npos);
}
