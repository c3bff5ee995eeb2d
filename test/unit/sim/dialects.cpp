#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "unit/sim/sim_world.hpp"

#include <aloft/chat_completion.hpp>
#include <aloft/chat_delta.hpp>

#include <string>
#include <string_view>
#include <vector>

// What is held here is what servers were seen to send; each test says which part of it that is.
using namespace aloft;
using namespace aloft::test;
using sim::dialect;

namespace {

sim::options speaking(dialect whose, std::string_view faults = {})
{
    std::string problem;
    const auto script = sim::fault_script::parse(faults, problem);
    REQUIRE(script);
    return steady().tokens(3).dialect(whose).faults(*script);
}

/// The events of a stream, less what is the same in all of them.
std::vector<std::string> events_of(const call& asked)
{
    std::vector<std::string> events;
    for (std::string_view left = asked.text; !left.empty();) {
        const auto end = left.find("\n\n");
        REQUIRE(end != left.npos);
        auto event = std::string(left.substr(0, end));
        for (const std::string_view same : {"\"id\":\"chatcmpl-", "\"content\":\""}) {
            const auto from = event.find(same);
            if (from == event.npos || event[from + same.size()] == '"')
                continue;
            const auto to = event.find('"', from + same.size());
            event.replace(from + same.size(), to - from - same.size(), "*");
        }
        events.push_back(event);
        left.remove_prefix(end + 2);
    }
    return events;
}

struct asked_once {
    asked_once(const sim::options& settings, std::string_view more = "\"stream\":true") :
        here(settings), by(here, any_version()), asked(chat_call(here, more))
    {
        by.send(*asked);
        here.pass(milliseconds(400));
        CHECK(asked->over());
    }
    [[nodiscard]] std::vector<std::string> events() const { return events_of(*asked); }

    world here;
    client by;
    std::unique_ptr<call> asked;
};

constexpr std::string_view with_usage = R"("stream":true,"stream_options":{"include_usage":true})";

/// An event whose choices and what follows are `rest`.
std::string chunk(std::string_view rest, std::string_view header = {})
{
    return R"(data: {"id":"chatcmpl-*","object":"chat.completion.chunk","created":1764000000,)"
           R"("model":"autoglm-phone-9b")" +
           std::string(header) + R"(,"choices":[)" + std::string(rest) + "}";
}

} // namespace

TEST_CASE("vLLM: only fields that are set, stop_reason, usage in a chunk of its own")
{
    const asked_once s(speaking(dialect::vllm), with_usage);
    const auto events = s.events();
    REQUIRE(events.size() == 7);
    CHECK(events[0] == chunk(R"({"index":0,"delta":{"role":"assistant","content":""},)"
                             R"("logprobs":null,"finish_reason":null}])"));
    CHECK(events[1] == chunk(R"({"index":0,"delta":{"content":"*"},)"
                             R"("logprobs":null,"finish_reason":null}])"));
    CHECK(events[4] == chunk(R"({"index":0,"delta":{"content":""},"logprobs":null,)"
                             R"("finish_reason":"stop","stop_reason":null}])"));
    CHECK(events[5] == chunk(R"(],"usage":{"prompt_tokens":9,"total_tokens":12,)"
                             R"("completion_tokens":3})"));
    CHECK(events[6] == "data: [DONE]");
}

TEST_CASE("vLLM: a text that is cut ends in the chunk that brings the finish reason")
{
    const asked_once s(speaking(dialect::vllm), R"("stream":true,"max_tokens":2)");
    const auto events = s.events();
    REQUIRE(events.size() == 4);
    CHECK(events[2] == chunk(R"({"index":0,"delta":{"content":"*"},"logprobs":null,)"
                             R"("finish_reason":"length","stop_reason":null}])"));
}

TEST_CASE("SGLang: nulls everywhere, matched_stop, a finish chunk of nulls")
{
    const asked_once s(speaking(dialect::sglang), with_usage);
    const auto events = s.events();
    REQUIRE(events.size() == 7);
    CHECK(
        events[1] ==
        chunk(R"({"index":0,"delta":{"role":null,"content":"*","reasoning_content":null,)"
              R"("tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}])"));
    CHECK(events[4] ==
          chunk(R"({"index":0,"delta":{"role":null,"content":null,"reasoning_content":null,)"
                R"("tool_calls":null},"logprobs":null,"finish_reason":"stop",)"
                R"("matched_stop":151336}])"));
    CHECK(events[5].find(R"("choices":[],"usage":{)") != std::string::npos);
    CHECK(events[6] == "data: [DONE]");
}

TEST_CASE("llama.cpp: the head comes with the first token, timings with the last chunk")
{
    const bool usage = GENERATE(false, true);
    world here(speaking(dialect::llama_cpp));
    client by(here, any_version());
    const auto asked = chat_call(here, usage ? with_usage : "\"stream\":true");
    by.send(*asked);
    here.pass(milliseconds(99));
    CHECK(asked->status() == 0);
    here.pass(milliseconds(1));
    CHECK(asked->status() == 200);
    here.pass(milliseconds(100));
    const auto events = events_of(*asked);
    REQUIRE(events.size() == (usage ? 7 : 6));
    constexpr std::string_view header = R"(,"system_fingerprint":"b7054-aloft")";
    CHECK(events[0] == chunk(R"({"index":0,"delta":{"role":"assistant","content":null},)"
                             R"("finish_reason":null}])",
                             header));
    const auto& last = events[events.size() - 2];
    constexpr std::string_view timings = R"("timings":{"prompt_n":9,"prompt_ms":100,)"
                                         R"("predicted_n":3,"predicted_per_token_ms":10})";
    constexpr std::string_view finish = R"({"index":0,"delta":{},"finish_reason":"stop"}])";
    if (usage)
        CHECK(last == chunk(R"(],"usage":{"prompt_tokens":9,"total_tokens":12,)"
                            R"("completion_tokens":3},)" +
                                std::string(timings),
                            header));
    else
        CHECK(last == chunk(std::string(finish) + "," + std::string(timings), header));
    CHECK(events[4].find(finish) != std::string::npos);
    CHECK(events.back() == "data: [DONE]");
}

TEST_CASE("llama.cpp: a comment each thirty seconds of silence, and no [DONE] after an error")
{
    world here(speaking(dialect::llama_cpp, "always: stall 70s after 2\n"));
    client by(here, any_version());
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(29'000));
    CHECK(asked->count("\n:\n\n") == 0);
    here.pass(milliseconds(42'000));
    CHECK(asked->count("\n:\n\n") == 2);
    CHECK(asked->done());

    const asked_once late(speaking(dialect::llama_cpp, "always: error after 2"));
    CHECK(late.asked->text.ends_with(
        R"(data: {"error":{"code":503,"message":"Service Unavailable","type":"unavailable_error"}})"
        "\n\n"));
    const asked_once first(speaking(dialect::llama_cpp, "always: error"));
    CHECK(first.asked->status() == 503); // an error that is the first result is a response
    CHECK(first.asked->carried.head.get("content-type") == "application/json; charset=utf-8");
}

TEST_CASE(
    "OpenAI: usage is null in all chunks but the last, which are padded unless told otherwise")
{
    constexpr std::string_view header = R"(,"service_tier":"default","system_fingerprint":null)";
    const asked_once plain(speaking(dialect::openai),
                           R"("stream":true,"stream_options":{"include_usage":true,)"
                           R"("include_obfuscation":false})");
    const auto events = plain.events();
    REQUIRE(events.size() == 7);
    CHECK(events[1] == chunk(R"({"index":0,"delta":{"content":"*"},"logprobs":null,)"
                             R"("finish_reason":null}],"usage":null)",
                             header));
    CHECK(events[4] ==
          chunk(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null)",
                header));
    CHECK(events[5].find(R"("choices":[],"usage":{)") != std::string::npos);
    const asked_once padded(speaking(dialect::openai));
    CHECK(padded.asked->count("\"obfuscation\":\"x") == 5);
    CHECK(padded.asked->count("\"usage\"") == 0);
}

TEST_CASE("z.ai: the role in every delta, usage with the finish reason, whether asked for or not")
{
    const asked_once s(speaking(dialect::zai));
    const auto events = s.events();
    REQUIRE(events.size() == 5);
    CHECK(events[0] == chunk(R"({"index":0,"delta":{"role":"assistant","content":"*"}}])"));
    CHECK(events[3] ==
          chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],)"
                R"("usage":{"prompt_tokens":9,"total_tokens":12,"completion_tokens":3})"));
    CHECK(events[4] == "data: [DONE]");
}

TEST_CASE("each dialect has its own form of errors, as a response and within a stream")
{
    struct expectation {
        dialect whose;
        std::string_view body;
        std::string_view event;
    };
    const expectation all[] = {
        {dialect::vllm,
         R"({"error":{"message":"m","type":"Too Many Requests","param":null,"code":429}})",
         "data: {\"error\":{\"message\":\"m\",\"type\":\"Too Many Requests\",\"param\":null,"
         "\"code\":429}}\n\ndata: [DONE]\n\n"},
        {dialect::sglang,
         R"({"object":"error","message":"m","type":"Too Many Requests","param":null,"code":429})",
         "data: {\"error\":{\"object\":\"error\",\"message\":\"m\",\"type\":\"Too Many Requests\","
         "\"param\":null,\"code\":429}}\n\ndata: [DONE]\n\n"},
        {dialect::llama_cpp, R"({"error":{"code":429,"message":"m","type":"rate_limit_error"}})",
         "data: {\"error\":{\"code\":429,\"message\":\"m\",\"type\":\"rate_limit_error\"}}\n\n"},
        {dialect::openai,
         R"({"error":{"message":"m","type":"requests","param":null,"code":"rate_limit_exceeded"}})",
         "event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"requests\","
         "\"param\":null,\"code\":\"rate_limit_exceeded\"}}\n\n"},
        {dialect::zai, R"({"error":{"code":"1302","message":"m"}})",
         "data: {\"error\":{\"code\":\"1302\",\"message\":\"m\"}}\n\n"},
    };
    for (const auto& one : all) {
        INFO(one.body);
        const asked_once response(speaking(one.whose, "always: status 429 message m"));
        CHECK(response.asked->status() == 429);
        CHECK(response.asked->text == one.body);
        const asked_once stream(speaking(one.whose, "always: error code 429 message m after 1"));
        CHECK(stream.asked->status() == 200);
        CHECK(stream.asked->text.ends_with(one.event));
    }
}

TEST_CASE("a code of z.ai is told as text, with the status that goes with it")
{
    const asked_once stream(speaking(dialect::vllm, "always: error zai code 1302 message busy"));
    CHECK(stream.asked->text == "data: {\"error\":{\"code\":\"1302\",\"message\":\"busy\"}}\n\n");
    const asked_once whole(speaking(dialect::zai, "always: error code 1113"), "");
    CHECK(whole.asked->status() == 429);
    CHECK(whole.asked->text == R"({"error":{"code":"1113","message":"Too Many Requests"}})");
}

TEST_CASE("llama.cpp: health says ok, the key may come as x-api-key")
{
    world here(speaking(dialect::llama_cpp).api_key("secret"));
    client by(here, any_version());
    call health(here.pool, "GET", "/health");
    by.send(health);
    here.settle();
    CHECK(health.text == R"({"status":"ok"})");
    call models(here.pool, "GET", "/v1/models");
    models.with("x-api-key", "secret");
    by.send(models);
    here.settle();
    CHECK(models.status() == 200);
    CHECK(models.count("\"models\":[{\"name\":\"autoglm-phone-9b\"}]") == 1);
}

TEST_CASE("thinking that is told apart comes in the dialect's field, and nothing of it is lost")
{
    struct expectation {
        dialect whose;
        std::string_view name;
    };
    const expectation all[] = {{dialect::vllm, "reasoning"},
                               {dialect::sglang, "reasoning_content"},
                               {dialect::llama_cpp, "reasoning_content"},
                               {dialect::openai, ""},
                               {dialect::zai, "reasoning_content"}};
    for (const auto& one : all) {
        INFO(one.name);
        const auto settings = speaking(one.whose).tokens(25);
        const asked_once plain(settings);
        const asked_once apart(sim::options(settings).separate_reasoning(true));
        const auto texts = [](const call& asked, std::string_view member) {
            std::string all_of_it;
            const auto name = "\"" + std::string(member) + "\":\"";
            for (auto at = asked.text.find(name); at != asked.text.npos;
                 at = asked.text.find(name, at + 1)) {
                auto end = at + name.size();
                while (asked.text[end] != '"')
                    end += asked.text[end] == '\\' ? 2 : 1;
                all_of_it += asked.text.substr(at + name.size(), end - at - name.size());
            }
            return all_of_it;
        };
        const auto thought = one.name.empty() ? "" : texts(*apart.asked, one.name);
        const auto said = texts(*apart.asked, "content");
        const auto both = texts(*plain.asked, "content");
        CHECK(said.starts_with("\\n<answer>"));
        CHECK(both.ends_with("</think>" + said));
        if (!one.name.empty())
            CHECK(both == "<think>" + thought + "</think>" + said);
        const asked_once whole(sim::options(settings).separate_reasoning(true), "");
        CHECK(texts(*whole.asked, "content") == said);
        if (!one.name.empty())
            CHECK(texts(*whole.asked, one.name) == thought);
    }
}

TEST_CASE("what a client reads of a stream is the same in every dialect")
{
    std::string text;
    for (const auto whose :
         {dialect::vllm, dialect::sglang, dialect::llama_cpp, dialect::openai, dialect::zai}) {
        const asked_once s(speaking(whose), with_usage);
        aloft::chat::chunk_decoder decoder;
        aloft::chat::chunk chunk;
        aloft::chat::completion read;
        aloft::chat::stream_state state;
        constexpr std::size_t slack = 64; // readable bytes behind an event
        const auto bytes = s.asked->text + std::string(slack, ' ');
        for (auto at = bytes.find("data: "); at != bytes.npos; at = bytes.find("data: ", at + 1)) {
            const auto event =
                std::string_view(bytes).substr(at + 6, bytes.find('\n', at) - at - 6);
            REQUIRE_FALSE(decoder.decode(event, chunk));
            state.saw(chunk);
            REQUIRE_FALSE(read.append(chunk));
        }
        CHECK(state.done());
        REQUIRE(read.choices().size() == 1);
        CHECK(read.choices().front().role == "assistant");
        CHECK(read.choices().front().finish_reason == "stop");
        REQUIRE(read.usage());
        CHECK(read.usage()->completion_tokens == 3);
        CHECK(read.usage()->prompt_tokens == 9);
        if (text.empty())
            text = read.content();
        CHECK(read.content() == text);
        CHECK(text.starts_with("<think>"));
    }
}
