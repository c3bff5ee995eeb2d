#include "sim/completion_reader.hpp"
#include "sim/error_form.hpp"
#include "sim/fault_rule.hpp"
#include "sim/vocabulary.hpp"
#include "support/catch.hpp"

#include <aloft/action.hpp>
#include <aloft/sim.hpp>
#include <aloft/thinking.hpp>

#include <chrono>
#include <string>

using namespace aloft::sim;
using namespace std::chrono_literals;

namespace {

std::string problem_of_script(std::string_view text)
{
    std::string problem;
    CHECK_FALSE(fault_script::parse(text, problem));
    return problem;
}

double average(const distribution& of)
{
    random_source random(1, 1);
    double sum = 0;
    constexpr int draws = 20'000;
    for (int i = 0; i != draws; ++i) {
        const double u = random.unit();
        sum += static_cast<double>(of.at(u, random.unit()).count());
    }
    return sum / draws;
}

} // namespace

TEST_CASE("a distribution's average is its mean")
{
    std::string problem;
    for (const auto* text : {"20ms", "constant:0.02s", "uniform:10ms,30ms", "exponential:20000us",
                             "lognormal:19ms,0.32"}) {
        INFO(text);
        const auto made = distribution::parse(text, problem);
        REQUIRE(made);
        CHECK(static_cast<double>(made->mean().count()) == Approx(20'000).epsilon(0.01));
        CHECK(average(*made) == Approx(20'000).epsilon(0.03));
    }
}

TEST_CASE("a text that is no distribution is told from one")
{
    for (const auto* text : {"", "20", "fast", "constant:", "constant:-1ms", "constant:1ms,2ms",
                             "uniform:10ms", "uniform:30ms,10ms", "lognormal:10ms",
                             "lognormal:10ms,x", "normal:1ms", "constant:1e3ms", "constant:nans"}) {
        INFO(text);
        std::string problem;
        CHECK_FALSE(distribution::parse(text, problem));
        CHECK(problem.find("is not a distribution: ") != problem.npos);
    }
}

TEST_CASE("a script says when, what, and with which particulars")
{
    std::string problem;
    const auto script =
        fault_script::parse("# faults\n"
                            "every 10: status 503 sglang retry-after 2 message \"so # busy\"\n"
                            "\n"
                            "requests 20-29: reset CANCEL after 3   # later\n"
                            "request 7: goaway 11 last 5 after 2\n"
                            "probability 0.5: stall 1.5s head\r\n"
                            "always: error llama.cpp code 500 after 4",
                            problem);
    REQUIRE(script);
    const auto& rules = script->rules();
    REQUIRE(rules.size() == 5);

    CHECK(rules[0]->holds(10, 1, 0));
    CHECK_FALSE(rules[0]->holds(11, 1, 0));
    CHECK(rules[0]->what.code == 503);
    CHECK(rules[0]->what.form == error_form::sglang);
    CHECK(rules[0]->what.headers.get("retry-after") == "2");
    CHECK(rules[0]->what.message == "so # busy");
    CHECK_FALSE(rules[1]->holds(19, 1, 1));
    CHECK(rules[1]->holds(20, 1, 1));
    CHECK(rules[1]->holds(29, 1, 1));
    CHECK_FALSE(rules[1]->holds(30, 1, 1));
    CHECK(rules[1]->what.code == 8);
    CHECK(rules[1]->what.after == 3U);
    CHECK(rules[2]->what.code == 11);
    CHECK(rules[2]->what.last_stream == 5);
    CHECK(rules[3]->what.duration == 1500ms);
    CHECK(rules[3]->what.before_head);
    CHECK(rules[4]->what.form == error_form::llama);
}

TEST_CASE("a probability holds for that part of the requests, the same ones for the same seed")
{
    std::string problem;
    const auto script = fault_script::parse("probability 0.1: close", problem);
    REQUIRE(script);
    const auto& rule = *script->rules().front();
    int hits = 0;
    int other_rule = 0;
    for (std::uint64_t request = 1; request <= 10'000; ++request) {
        hits += rule.holds(request, 5, 0) ? 1 : 0;
        other_rule += rule.holds(request, 5, 0) && rule.holds(request, 5, 1) ? 1 : 0;
        CHECK(rule.holds(request, 5, 0) == rule.holds(request, 5, 0));
    }
    CHECK(hits == Approx(1000).margin(120));
    CHECK(other_rule == Approx(100).margin(50));
}

TEST_CASE("a bad line of a script is named with what is wrong")
{
    CHECK(problem_of_script("every 10 status 503") ==
          "line 1: a rule is WHEN: FAULT, and there is no colon");
    CHECK(problem_of_script("\n# x\nevery 0: refuse") ==
          "line 3: every wants a number above 0, not \"0\"");
    CHECK(problem_of_script("sometimes: refuse") ==
          "line 1: a rule begins with every N, request N, requests N-M, probability P or always, "
          "not \"sometimes\"");
    CHECK(problem_of_script("requests 9-3: refuse") ==
          "line 1: requests wants a number or a range such as 20-29, not \"9-3\"");
    CHECK(problem_of_script("probability 2: refuse") ==
          "line 1: probability wants a number from 0 to 1, not \"2\"");
    CHECK(problem_of_script("every 3 or so: refuse") ==
          "line 1: \"or\" stands where a colon should");
    CHECK(problem_of_script("always: status 99") ==
          "line 1: status wants a status from 200 to 599, not \"99\"");
    CHECK(problem_of_script("always: status") ==
          "line 1: status wants a status from 200 to 599, not the end of the line");
    CHECK(problem_of_script("always: reset SOON") ==
          "line 1: reset wants an HTTP/2 error code, not \"SOON\"");
    CHECK(problem_of_script("always: refuse after 3") == "line 1: refuse does not take \"after\"");
    CHECK(problem_of_script("always: close after x") ==
          "line 1: close wants a number of events from 0 to 4294967295, not \"x\"");
    CHECK(problem_of_script("always: explode").starts_with("line 1: \"explode\" is not a fault; "));
}

TEST_CASE("errors take the shape of each server")
{
    const error_text busy{503, "full"};
    CHECK(error_body(error_form::vllm, {404, "no", "model"}) ==
          R"({"error":{"message":"no","type":"NotFoundError","param":"model","code":404}})");
    CHECK(
        error_body(error_form::openai, {429, "slow"}) ==
        R"({"error":{"message":"slow","type":"requests","param":null,"code":"rate_limit_exceeded"}})");
    CHECK(
        error_body(error_form::sglang, busy) ==
        R"({"object":"error","message":"full","type":"Service Unavailable","param":null,"code":503})");
    CHECK(error_body(error_form::llama, busy) ==
          R"({"error":{"code":503,"message":"full","type":"unavailable_error"}})");
    CHECK(error_body(error_form::zai, {429, "slow"}) ==
          R"({"error":{"code":"1302","message":"slow"}})");
    CHECK(error_body(error_form::string, busy) == R"({"error":"full"})");
    CHECK(error_body(error_form::detail, busy) == R"({"detail":"full"})");
    CHECK(error_body(error_form::text, busy) == "full\n");
    CHECK(error_event(error_form::vllm, busy).ends_with("}}\n\ndata: [DONE]\n\n"));
    CHECK(error_event(error_form::llama, busy).ends_with("}}\n\n"));
    CHECK(error_event(error_form::openai, busy).starts_with("event: error\ndata: {\"error\""));
}

TEST_CASE("a reply has as many tokens as wanted and ends in an action of AutoGLM")
{
    const auto& words = vocabulary::instance();
    for (std::uint64_t key = 0; key != 200; ++key) {
        random_source random(1, key);
        const auto reply = words.compose(random, 60);
        REQUIRE(reply.size() == 60);
        std::string text;
        for (const auto one : reply)
            text += words.escaped(one);
        for (std::size_t at = 0; (at = text.find("\\\"", at)) != text.npos; ++at)
            text.erase(at, 1);
        INFO(text);
        CHECK(text.starts_with("<think>"));
        const auto parts = aloft::autoglm::split_reply(text);
        CHECK(aloft::autoglm::parse_action(parts.action));
    }
}

TEST_CASE("a request is understood however it is cut into pieces")
{
    const std::string body =
        R"({"messages":[{"role":"system","content":"be \u00e9xact"},{"role":"user","content":[)"
        R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
        R"({"type":"text","text":"tap it"}]}],"tools":[{"model":"x","n":[7]}],"n":2,)"
        R"("stream":true,"stream_options":{"include_usage":true},"max_tokens":5,"model":"m"})";
    std::uint64_t hash = 0;
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        completion_reader reader;
        for (std::size_t at = 0; at < body.size(); at += piece)
            reader.feed(std::string_view(body).substr(at, piece));
        const auto asked = reader.finish();
        REQUIRE(asked);
        CHECK(asked->model == "m");
        CHECK(asked->n == 2);
        CHECK(asked->max_tokens == 5U);
        CHECK(asked->stream);
        CHECK(asked->include_usage);
        CHECK(asked->messages == 2);
        CHECK(asked->images == 1);
        CHECK(asked->text_bytes == 15);
        if (piece == 1)
            hash = asked->text_hash;
        CHECK(asked->text_hash == hash);
    }
}

TEST_CASE("a request that cannot be served is told why, and which field it is")
{
    struct wrong {
        const char* body;
        const char* param;
        const char* problem;
    };
    const wrong all[] = {
        {"", "", "JSON decode error at byte 0: incomplete JSON"},
        {"{", "", "JSON decode error at byte 1: incomplete JSON"},
        {"{} x", "", "JSON decode error at byte 3: extra data"},
        {"[]", "", "the body must be a JSON object"},
        {"{}", "messages", "messages: field required"},
        {R"({"messages":3})", "messages", "messages: must be a list"},
        {R"({"messages":[]})", "messages", "messages: at least one message is needed"},
        {R"({"messages":["hi"]})", "messages", "messages: each message must be an object"},
        {R"({"messages":[{"content":"hi"}]})", "messages", "messages: each message needs a role"},
        {R"({"messages":[{"role":"user","content":3}]})", "messages",
         "messages: a content must be a string or a list of parts"},
        {R"({"messages":[{"role":"user","content":["x"]}]})", "messages",
         "messages: each part of a content must be an object"},
        {R"({"messages":[{"role":"user","content":[{"image_url":{"url":"AAAA"}}]}]})", "messages",
         "messages: the url of an image must be a data:image/, http or https URL"},
        {R"({"messages":[{"role":"u"}],"stream":"yes"})", "stream",
         "stream: must be true or false"},
        {R"({"messages":[{"role":"u"}],"model":7})", "model", "model: must be a string"},
        {R"({"messages":[{"role":"u"}],"max_tokens":0})", "max_tokens",
         "max_tokens: must be a whole number of at least 1"},
        {R"({"messages":[{"role":"u"}],"n":1.5})", "n", "n: must be a whole number of at least 1"},
    };
    for (const auto& one : all) {
        INFO(one.body);
        completion_reader reader;
        reader.feed(one.body);
        CHECK_FALSE(reader.finish());
        CHECK(reader.problem() == one.problem);
        CHECK(reader.param() == one.param);
    }
}
