#include "chat/chunk_shapes.hpp"

#include "support/catch.hpp"

#include <aloft/chat_delta.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace chat = aloft::chat;

namespace {

/// In memory of its own, with the slack that reading in place asks for and not a byte more.
struct shape_text {
    explicit shape_text(std::string_view json) :
        size(json.size()), memory(new char[json.size() + 64])
    {
        std::memcpy(memory.get(), json.data(), size);
        std::memset(memory.get() + size, '"', 64);
    }
    std::string_view view() const { return {memory.get(), size}; }

    std::size_t size;
    std::unique_ptr<char[]> memory;
};

/// All that a delta says, null told apart from empty.
std::string told(const chat::delta& one)
{
    std::string all = std::to_string(one.index) + (one.has_choice ? " choice " : " none ") +
                      std::to_string(one.created());
    for (const auto part :
         {one.id, one.model, one.role, one.content, one.reasoning, one.refusal, one.finish_reason})
        all.append(part.data() == nullptr ? " -" : " +").append(part);
    return all;
}

std::string told(chat::chunk_decoder& decoder, const shape_text& text)
{
    chat::chunk chunk;
    if (const auto failed = decoder.decode(text.view(), chunk))
        return failed.message();
    std::string all;
    for (const auto& each : chunk.deltas())
        all += told(each) + "\n";
    return all;
}

std::string with(std::string shape, std::string_view name, std::string_view value)
{
    const auto at = shape.find(name);
    return at == shape.npos ? shape : shape.replace(at, name.size(), value);
}

std::string vllm(std::string_view content, std::string_view id = "chatcmpl-1",
                 std::string_view created = "1764000000")
{
    std::string text =
        R"({"id":"ID","object":"chat.completion.chunk","created":CREATED,"model":"m",)"
        R"("choices":[{"index":0,"delta":{"content":"TEXT"},"logprobs":null,)"
        R"("finish_reason":null}]})";
    return with(with(with(std::move(text), "ID", id), "CREATED", created), "TEXT", content);
}

constexpr std::array<std::string_view, 18> contents{
    "",
    " ",
    "do(action",
    "0123456789abcdef",
    "0123456789abcdef0",
    "\xe6\x89\x93\xe5\xbc\x80",
    "\xf0\x9f\x98\x80",
    R"(a\nb)",
    R"(a\"b)",
    R"(\u6253)",
    "\xff",
    "\xe6\x89",
    "a\x01",
    "a\tb",
    "\x7f",
    R"(x","index":1,"y":")",
    "0123456789abcde\xe6\x89\x93",
    R"(\)",
};

/// Reads `json`, takes its shape over, and tells what `other` is by that shape; "parse" where it is
/// not read.
std::string by_shape(const std::string& json, const std::string& other)
{
    const shape_text first(json);
    const shape_text second(other);
    chat::chunk_decoder decoder;
    chat::chunk chunk;
    REQUIRE_FALSE(decoder.decode(first.view(), chunk));
    chat::chunk_shape shape;
    REQUIRE(shape.learn(first.view(), chunk.deltas()[0]));
    chat::delta got;
    return shape.read(second.view(), got) ? told(got) : "parse";
}

} // namespace

TEST_CASE("whatever was read before, a chunk is read as by a decoder that has seen nothing")
{
    const std::string shapes[] = {
        vllm("TEXT"),
        R"({"id":"TEXT","choices":[{"index":0,"delta":{"content":"hm"}}]})",
        R"({"choices":[{"index":1,"delta":{"reasoning_content":"TEXT"}}],"id":"c","model":"m"})",
        R"({"id":"c","choices":[{"index":0,"delta":{"reasoning":"TEXT","reasoning_content":"q"}}]})",
        R"({"id":"c","choices":[{"index":0,"delta":{"reasoning":"q","reasoning_content":"TEXT"}}]})",
        R"({"id":"c","choices":[{"index":0,"delta":{"content":"q","content":"TEXT"}}]})",
        R"({"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":"stop"}],"usage":null})",
        R"({"id":"c","created":7 ,"choices":[{"delta":{"role":"assistant","content":"TEXT"} } ] } )",
        R"({"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"}}],"usage":{"total_tokens":1}})",
    };
    chat::chunk_decoder experienced;
    for (const auto& shape : shapes) {
        for (const auto before : contents) {
            for (const auto after : contents) {
                const shape_text first(with(shape, "TEXT", before));
                const shape_text second(with(shape, "TEXT", after));
                chat::chunk_decoder fresh;
                told(experienced, first);
                CHECK(told(experienced, second) == told(fresh, second));
            }
        }
    }
}

TEST_CASE("a chunk that differs in id, time and text is read by its shape, in place")
{
    CHECK(by_shape(vllm("a"), vllm("\xe6\x89\x93", "chatcmpl-22", "1764000001")) ==
          "0 choice 1764000001 +chatcmpl-22 +m - +\xe6\x89\x93 - - -");
    CHECK(by_shape(
              R"({"choices":[{"delta":{"reasoning":"a","role":"r"},"finish_reason":"stop"}]})",
              R"({"choices":[{"delta":{"reasoning":"bc","role":"r"},"finish_reason":"stop"}]})") ==
          "0 choice 0 - - +r - +bc - +stop");
    // All that can be the same in each: nothing is left out of a shape.
    const std::string whole =
        R"({"id":"c","created":0,"model":"m","choices":[{"index":0,"delta":{"role":"assistant",)"
        R"("content":"TEXT","refusal":"no"},"finish_reason":"stop"}]})";
    CHECK(by_shape(whole, with(whole, "TEXT", "hi")) ==
          "0 choice 0 +c +m +assistant +hi - +no +stop");
}

TEST_CASE("what may be of another shape is left to the parser")
{
    const auto text = vllm("a");
    for (const auto content : {R"(a\nb)", "a\x01", "\xff", "\xe6\x89"})
        CHECK(by_shape(text, vllm(content)) == "parse");
    CHECK(by_shape(text, text + " ") == "parse");
    CHECK(by_shape(text, text.substr(0, text.size() - 1)) == "parse");
    CHECK(by_shape(text, vllm("a", "i", "01")) == "parse");
    CHECK(by_shape(text, vllm("a", "i", "-1")) == "parse");
    CHECK(by_shape(text, vllm("a", "i", "")) == "parse");
    CHECK(by_shape(text, vllm("a", "i", "1234567890123456789")) == "parse");
    CHECK(by_shape(text, with(text, "null", "1")) == "parse");
    CHECK(by_shape(text, "{}") == "parse");
    const std::string thinking = R"({"choices":[{"delta":{"reasoning":"a"}}]})";
    CHECK(by_shape(thinking, with(thinking, "\"a\"", "\"\"")) == "parse");
}

TEST_CASE("usage, tool calls and texts with escapes make no shape")
{
    for (const auto* json :
         {R"({"choices":[{"delta":{"content":"a"}}],"usage":{"total_tokens":3}})",
          R"({"choices":[{"delta":{"content":"a","tool_calls":[{"index":0}]}}]})",
          R"({"choices":[{"delta":{"content":"a\n"}}]})",
          R"({"choices":[{"delta":{"role":"r"}}]})"}) {
        const shape_text text(json);
        chat::chunk_decoder decoder;
        chat::chunk chunk;
        REQUIRE_FALSE(decoder.decode(text.view(), chunk));
        chat::chunk_shape shape;
        CHECK_FALSE(shape.learn(text.view(), chunk.deltas()[0]));
    }
}

TEST_CASE(
    "several shapes are known at once, and a server of endless ones is soon not compared with")
{
    chat::chunk_shapes shapes;
    chat::chunk_decoder decoder;
    const auto learn = [&](const std::string& json) {
        const shape_text text(json);
        chat::chunk chunk;
        REQUIRE_FALSE(decoder.decode(text.view(), chunk));
        shapes.learn(text.view(), chunk.deltas()[0]);
    };
    const auto read = [&](const std::string& json) {
        const shape_text text(json);
        chat::delta got;
        return shapes.read(text.view(), got);
    };
    const auto padded = [](const std::string& padding) {
        return R"({"choices":[{"delta":{"content":"a"}}],"obfuscation":")" + padding + "\"}";
    };
    for (const auto* padding : {"a", "b", "c", "d"})
        learn(padded(padding));
    for (const auto* padding : {"a", "b", "c", "d", "a"})
        CHECK(read(padded(padding)));
    learn(padded("e")); // in place of the one that served longest ago
    CHECK(read(padded("e")));
    CHECK_FALSE(read(padded("b")));
    CHECK(read(padded("c")));

    for (int each = 0; each != 100; ++each)
        learn(padded("x" + std::to_string(each)));
    CHECK_FALSE(read(padded("x99")));
    for (int each = 100; each != 128; ++each)
        learn(padded("x" + std::to_string(each)));
    CHECK(read(padded("x127")));
    CHECK(read(padded("x63")));
}
