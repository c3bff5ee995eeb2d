#include "support/catch.hpp"

#include <aloft/chat_completion.hpp>
#include <aloft/chat_delta.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace chat = aloft::chat;
using aloft::errc;
using aloft::error_code;

namespace {

// The text in memory of its own, with the slack the decoder asks for and not a byte more.
struct document {
    explicit document(std::string_view json) : size(json.size()), memory(new char[json.size() + 64])
    {
        std::memcpy(memory.get(), json.data(), size);
        std::memset(memory.get() + size, '\\', 64);
    }
    std::string_view view() const { return {memory.get(), size}; }

    std::size_t size;
    std::unique_ptr<char[]> memory;
};

struct decoded {
    explicit decoded(std::string_view json, std::string_view type = "message") : text(json)
    {
        chat::chunk_decoder decoder;
        failed = decoder.decode(text.view(), chunk, type);
    }

    document text;
    chat::chunk chunk;
    error_code failed;
};

// One delta around the given fields of a choice's delta.
std::string with_delta(std::string_view fields)
{
    return R"({"id":"c","choices":[{"index":0,"delta":{)" + std::string(fields) + "}}]}";
}

} // namespace

TEST_CASE("a content chunk yields one delta that borrows from the text", "[chat]")
{
    const decoded got(
        R"({"id":"chatcmpl-7","object":"chat.completion.chunk","created":1764000000,"model":"m",)"
        R"("choices":[{"index":0,"delta":{"content":"do("},"logprobs":null,"finish_reason":null}]})");
    REQUIRE_FALSE(got.failed);
    CHECK(got.chunk.kind() == chat::chunk_kind::deltas);
    REQUIRE(got.chunk.deltas().size() == 1);
    const chat::delta& delta = got.chunk.deltas()[0];
    CHECK(delta.id == "chatcmpl-7");
    CHECK(delta.model == "m");
    CHECK(delta.created() == 1764000000);
    CHECK(delta.index == 0);
    CHECK(delta.content == "do(");
    CHECK(delta.has_content());
    CHECK_FALSE(delta.finished());
    CHECK(delta.usage == nullptr);
    CHECK(delta.content.data() > got.text.view().data());
    CHECK(delta.content.data() < got.text.view().data() + got.text.size);
}

TEST_CASE("absent, null and empty content are told apart", "[chat]")
{
    CHECK_FALSE(decoded(with_delta("")).chunk.deltas()[0].has_content());
    CHECK_FALSE(decoded(with_delta(R"("content":null)")).chunk.deltas()[0].has_content());
    const decoded empty(with_delta(R"("role":"assistant","content":"")"));
    CHECK(empty.chunk.deltas()[0].has_content());
    CHECK(empty.chunk.deltas()[0].content.empty());
    CHECK(empty.chunk.deltas()[0].role == "assistant");
}

TEST_CASE("escaped texts are undone into the chunk's own memory", "[chat]")
{
    const decoded got(
        R"({ "id" : "a\"b" , "choices":[{"delta":{"content":"1\n\u00e9\ud83d\ude00\\",)"
        R"( "reasoning_content" : "x\ty" },"index": 3 ,"finish_reason": "st\u006fp" }]})");
    REQUIRE_FALSE(got.failed);
    const chat::delta& delta = got.chunk.deltas()[0];
    CHECK(delta.id == "a\"b");
    CHECK(delta.content == "1\n\xC3\xA9\xF0\x9F\x98\x80\\");
    CHECK(delta.reasoning == "x\ty");
    CHECK(delta.index == 3);
    CHECK(delta.finish_reason == "stop");
}

TEST_CASE("a chunk stays valid while the decoder reads another", "[chat]")
{
    chat::chunk_decoder decoder;
    const document first(with_delta(R"("content":"one\n")"));
    const document second(with_delta(R"("content":"two\n")"));
    chat::chunk one;
    chat::chunk two;
    REQUIRE_FALSE(decoder.decode(first.view(), one));
    REQUIRE_FALSE(decoder.decode(second.view(), two));
    CHECK(one.deltas()[0].content == "one\n");
    CHECK(two.deltas()[0].content == "two\n");
}

TEST_CASE("white space around everything is allowed", "[chat]")
{
    const decoded got(
        " { \"choices\" : [ { \"index\" : 12 , \"delta\" : { \"content\" : \"a\"  \n } } ]"
        " , \"model\" : \"m\" } \n");
    REQUIRE_FALSE(got.failed);
    CHECK(got.chunk.deltas()[0].content == "a");
    CHECK(got.chunk.deltas()[0].index == 12);
    CHECK(got.chunk.deltas()[0].model == "m");
}

TEST_CASE("reasoning_content is preferred to reasoning", "[chat]")
{
    const auto reasoning = [](std::string_view fields) {
        return std::string(decoded(with_delta(fields)).chunk.deltas()[0].reasoning);
    };
    CHECK(reasoning(R"("reasoning_content":"a")") == "a");
    CHECK(reasoning(R"("reasoning":"b")") == "b");
    CHECK(reasoning(R"("reasoning":"b","reasoning_content":"a")") == "a");
    CHECK(reasoning(R"("reasoning_content":"a","reasoning":"b")") == "a");
    CHECK(reasoning(R"("reasoning_content":null,"reasoning":"b")") == "b");
    CHECK(reasoning(R"("reasoning":"b","reasoning_content":null)") == "b");
    CHECK_FALSE(decoded(with_delta(R"("content":"x")")).chunk.deltas()[0].has_reasoning());
}

TEST_CASE("a chunk of several choices yields several deltas", "[chat]")
{
    const decoded got(
        R"({"choices":[{"index":0,"delta":{"content":"a"}},)"
        R"({"index":1,"delta":{"content":"b","tool_calls":[{"index":0,"id":"t"}]}},)"
        R"({"index":2,"delta":{"tool_calls":[{"index":0,"id":"u"},{"index":1,"id":"v"}]},)"
        R"("finish_reason":"length"}],"id":"late","model":"m"})");
    REQUIRE_FALSE(got.failed);
    REQUIRE(got.chunk.deltas().size() == 3);
    CHECK(got.chunk.deltas()[0].content == "a");
    CHECK(got.chunk.deltas()[0].tool_calls.empty());
    CHECK(got.chunk.deltas()[1].index == 1);
    CHECK(got.chunk.deltas()[1].content == "b");
    REQUIRE(got.chunk.deltas()[1].tool_calls.size() == 1);
    CHECK(got.chunk.deltas()[1].tool_calls[0].id == "t");
    REQUIRE(got.chunk.deltas()[2].tool_calls.size() == 2);
    CHECK(got.chunk.deltas()[2].tool_calls[0].id == "u");
    CHECK(got.chunk.deltas()[2].tool_calls[1].id == "v");
    for (const chat::delta& each : got.chunk.deltas())
        CHECK(each.id == "late");
}

TEST_CASE("usage comes with or without choices", "[chat]")
{
    const decoded alone(R"({"id":"c","choices":[],"usage":{"prompt_tokens":9,"total_tokens":12,)"
                        R"("completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4},)"
                        R"("completion_tokens_details":{"reasoning_tokens":2,"x":null}}})");
    REQUIRE(alone.chunk.deltas().size() == 1);
    const chat::delta& delta = alone.chunk.deltas()[0];
    CHECK_FALSE(delta.has_choice);
    CHECK(delta.id == "c");
    REQUIRE(delta.usage);
    CHECK(delta.usage->prompt_tokens == 9);
    CHECK(delta.usage->completion_tokens == 3);
    CHECK(delta.usage->total_tokens == 12);
    CHECK(delta.usage->cached_tokens == 4);
    CHECK(delta.usage->reasoning_tokens == 2);

    const decoded both(
        R"({"choices":[{"index":0,"delta":{"content":"x"}}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":null,"prompt_tokens_details":null}})");
    REQUIRE(both.chunk.deltas().size() == 1);
    REQUIRE(both.chunk.deltas()[0].usage);
    CHECK(both.chunk.deltas()[0].usage->prompt_tokens == 1);
    CHECK(decoded(R"({"choices":[],"usage":null})").chunk.deltas().empty());
}

TEST_CASE("[DONE] is recognised before JSON", "[chat]")
{
    CHECK(decoded("[DONE]").chunk.kind() == chat::chunk_kind::done);
    CHECK(decoded(" [DONE] ").chunk.kind() == chat::chunk_kind::done);
    CHECK(decoded("[DONE]\n").chunk.kind() == chat::chunk_kind::done);
}

TEST_CASE("pings and empty events are signs of life", "[chat]")
{
    CHECK(decoded("", "message").chunk.kind() == chat::chunk_kind::keep_alive);
    CHECK(decoded("hello", "ping").chunk.kind() == chat::chunk_kind::keep_alive);
    CHECK(decoded("{}", "keepalive").chunk.kind() == chat::chunk_kind::keep_alive);
    CHECK(decoded(R"({"type":"ping"})", "ping").chunk.kind() == chat::chunk_kind::keep_alive);
}

TEST_CASE("an error in the stream is a chunk of its own kind", "[chat]")
{
    const decoded vllm(
        R"({"error":{"message":"bad","type":"BadRequestError","param":null,"code":400}})");
    REQUIRE_FALSE(vllm.failed);
    REQUIRE(vllm.chunk.kind() == chat::chunk_kind::error);
    CHECK(vllm.chunk.error()->message == "bad");
    CHECK(vllm.chunk.error()->status == 400);
    const decoded sglang(R"({"error":{"object":"error","message":"The request queue is full.",)"
                         R"("type":"SERVICE_UNAVAILABLE","param":null,"code":503}})");
    REQUIRE(sglang.chunk.error());
    CHECK(sglang.chunk.error()->status == 503);
    CHECK(decoded(R"({"object":"error","message":"m","code":500})").chunk.error()->code == "500");
    CHECK(decoded("out of memory", "error").chunk.error()->raw == "out of memory");
    CHECK(decoded(R"({"error":null,"choices":[]})").chunk.kind() == chat::chunk_kind::deltas);
}

TEST_CASE("what is no chunk is an invalid event", "[chat]")
{
    for (const char* text :
         {"nonsense", "{", "[]", "12", "\"text\"", R"({"choices":{}})", R"({"choices":[1]})",
          R"({"choices":[{"index":-1}]})", R"({"choices":[{"index":128}]})", R"({"choices":[]}{})",
          R"({"choices":[{"index":0,"delta":{"content":5}}]})",
          R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":1000}]}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"\q"}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"a"}})",
          "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xff\"}}]}"}) {
        INFO(text);
        CHECK(decoded(text).failed == errc::invalid_event);
    }
}

TEST_CASE("unknown fields of any kind are skipped", "[chat]")
{
    const decoded got(
        R"({"obfuscation":"xx\"x","timings":{"a":[1,{"b":null}]},"service_tier":null,)"
        R"("choices":[{"matched_stop":[1,2],"index":0,"delta":{"audio":{"x":[]},)"
        R"("content":"k","extra":[["]"]]},"logprobs":{"content":[{"token":"}"}]},)"
        R"("finish_reason":"sensitive"}],"metrics":[]})");
    REQUIRE_FALSE(got.failed);
    CHECK(got.chunk.deltas()[0].content == "k");
    CHECK(got.chunk.deltas()[0].finish_reason == "sensitive");
}

TEST_CASE("an owned delta outlives what it was read from", "[chat]")
{
    chat::owned_delta kept;
    {
        const decoded got(R"({"id":"c","model":"m","created":5,"choices":[{"index":1,"delta":{)"
                          R"("content":"a\n","tool_calls":[{"index":0,"id":"t","function":)"
                          R"({"name":"f","arguments":"{}"}}]}}],"usage":{"total_tokens":3}})");
        kept = chat::owned_delta(got.chunk.deltas()[0]);
    }
    const chat::owned_delta copy = kept;
    kept = chat::owned_delta();
    CHECK(copy->content == "a\n");
    CHECK(copy->id == "c");
    CHECK(copy->created() == 5);
    CHECK(copy->tool_calls[0].name == "f");
    CHECK(copy->usage->total_tokens == 3);
    CHECK_FALSE(copy->has_reasoning());
}

TEST_CASE("deltas fold into the completion the server would have sent whole", "[chat]")
{
    chat::completion whole;
    chat::stream_state state;
    for (
        const char* text :
        {R"({"id":"c","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
         R"({"id":"c","created":8,"model":"m","choices":[{"index":1,"delta":{"content":"B"}}]})",
         R"({"id":"c","choices":[{"index":0,"delta":{"reasoning":"hm","content":"A\""}}]})",
         R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"y","function":{"name":"g","arguments":"{"}}]}}]})",
         R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}}]})",
         R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}}]})",
         R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"}) {
        const decoded got(text);
        REQUIRE_FALSE(got.failed);
        REQUIRE_FALSE(whole.append(got.chunk));
        state.saw(got.chunk);
        CHECK_FALSE(state.complete());
    }
    CHECK(state.at_end() == errc::truncated_stream);
    const decoded last(R"({"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]})");
    REQUIRE_FALSE(whole.append(last.chunk));
    state.saw(last.chunk);
    CHECK(state.complete());
    CHECK_FALSE(state.at_end());
    const decoded usage(
        R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
    REQUIRE_FALSE(whole.append(usage.chunk));

    REQUIRE(whole.choices().size() == 2);
    CHECK(whole.content() == "A\"");
    CHECK(whole.choices()[0].reasoning == "hm");
    REQUIRE(whole.choices()[0].tool_calls.size() == 2);
    CHECK(whole.choices()[0].tool_calls[0].id == "x");
    CHECK(whole.choices()[0].tool_calls[1].arguments == "{}");
    CHECK(
        whole.to_json() ==
        R"({"id":"c","object":"chat.completion","created":7,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"A\"","reasoning_content":"hm","refusal":null,)"
        R"("tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":""}},)"
        R"({"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
        R"("logprobs":null,"finish_reason":"tool_calls"},)"
        R"({"index":1,"message":{"role":"assistant","content":"B","refusal":null},"logprobs":null,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");

    chat::completion again;
    REQUIRE_FALSE(chat::parse_completion(whole.to_json(), again));
    CHECK(again.to_json() == whole.to_json());
}

TEST_CASE("a stream is complete by [DONE] alone, and truncated by nothing", "[chat]")
{
    chat::stream_state state;
    CHECK(state.at_end() == errc::truncated_stream);
    state.saw(decoded(R"({"choices":[],"usage":{"total_tokens":1}})").chunk);
    CHECK_FALSE(state.complete());
    state.saw(decoded("[DONE]").chunk);
    CHECK(state.complete());
    CHECK(state.done());
}

TEST_CASE("a completion is bounded", "[chat]")
{
    chat::completion small(4);
    CHECK_FALSE(small.append(decoded(with_delta(R"("content":"1234")")).chunk));
    CHECK(small.append(decoded(with_delta(R"("content":"5")")).chunk) == errc::body_too_large);
    CHECK(small.content() == "1234");
}

TEST_CASE("a whole response is read, and null content stays null", "[chat]")
{
    chat::completion out;
    REQUIRE_FALSE(chat::parse_completion(
        R"({"id":"c","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":)"
        R"({"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},)"
        R"("logprobs":null,"finish_reason":"tool_calls","stop_reason":null}],"usage":{"total_tokens":3}})",
        out));
    CHECK_FALSE(out.choices()[0].content);
    REQUIRE(out.choices()[0].tool_calls.size() == 2);
    CHECK(out.choices()[0].tool_calls[1].name == "g");
    CHECK(out.usage()->total_tokens == 3);
    CHECK(out.to_json().find(R"("content":null)") != std::string::npos);
}

TEST_CASE("a response that is no completion is an error", "[chat]")
{
    chat::completion out;
    chat::api_error reported;
    CHECK(chat::parse_completion("<html>", out) == errc::invalid_event);
    CHECK(chat::parse_completion("{}", out) == errc::invalid_event);
    CHECK(chat::parse_completion(R"({"choices":[]})", out) == errc::invalid_event);
    CHECK(chat::parse_completion(R"({"error":{"message":"no","code":"1302"}})", out, &reported) ==
          errc::stream_error);
    CHECK(reported.code == "1302");
}

TEST_CASE("large events are decoded, and small ones after them", "[chat]")
{
    chat::chunk_decoder decoder;
    chat::chunk chunk;
    const std::string text(1 << 20, 'x');
    const document large(with_delta("\"content\":\"" + text + "\\n\""));
    REQUIRE_FALSE(decoder.decode(large.view(), chunk));
    CHECK(chunk.deltas()[0].content == text + "\n");
    const document small(with_delta(R"("content":"y")"));
    REQUIRE_FALSE(decoder.decode(small.view(), chunk));
    CHECK(chunk.deltas()[0].content == "y");
}
