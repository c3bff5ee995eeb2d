#include "chat/growing_completion.hpp"

#include "support/catch.hpp"

#include <aloft/chat_delta.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace chat = aloft::chat;

namespace {

constexpr std::string_view head = R"({"id":"c-1","model":"m","created":1764000000,"choices":[)";

std::string chunk_of(std::string_view choices)
{
    return std::string(head).append(choices).append("]}");
}

/// Chunks of which a stream is made up at random, the usual ones more often.
const std::vector<std::string>& kinds()
{
    static const std::vector<std::string> all{
        chunk_of(R"({"index":0,"delta":{"role":"assistant","content":""}})"),
        chunk_of(R"({"index":0,"delta":{"content":"tok "}})"),
        chunk_of(R"({"index":0,"delta":{"content":"tok "}})"),
        chunk_of(R"({"index":0,"delta":{"content":"\u6253"}})"),
        chunk_of(R"({"index":0,"delta":{}})"),
        chunk_of(R"({"index":0,"delta":{},"finish_reason":"stop"})"),
        chunk_of(R"({"index":0,"delta":{"content":"end"},"finish_reason":"length"})"),
        chunk_of(R"({"index":0,"delta":{"reasoning_content":"because"}})"),
        chunk_of(R"({"index":0,"delta":{"role":"tool","content":"x"}})"),
        chunk_of(R"({"index":1,"delta":{"content":"other"}})"),
        chunk_of(R"({"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}})"),
        chunk_of(
            R"({"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}]}})"),
        std::string(head) +
            R"(],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
        R"({"choices":[{"index":0,"delta":{"content":"nameless"}}]})",
        R"({"id":"c-1","choices":[{"index":0,"delta":{"content":"half named"}}]})",
        chunk_of(""),
    };
    return all;
}

struct both {
    void append(std::string text)
    {
        const auto size = text.size();
        text.append(64, ' ');
        chat::chunk one;
        REQUIRE_FALSE(decoder.decode(std::string_view(text).substr(0, size), one));
        REQUIRE_FALSE(growing.append(one));
        REQUIRE_FALSE(plain.append(one));
        REQUIRE(growing.content() == plain.content());
    }

    chat::chunk_decoder decoder;
    chat::growing_completion growing;
    chat::completion plain;
};

} // namespace

TEST_CASE("a completion that is kept small is the same as one that is not, whatever chunks bring")
{
    std::minstd_rand random(7);
    for (int round = 0; round != 3000; ++round) {
        both made;
        const auto usual = random() % 2 == 0; // such as a stream of text is made of
        const auto count = random() % 12;
        const auto asked = random() % 12; // somebody looks at it in between
        for (unsigned i = 0; i != count; ++i) {
            made.append(kinds()[random() % (usual ? 7 : kinds().size())]);
            if (i == asked)
                CHECK(made.growing.whole().to_json() == made.plain.to_json());
        }
        CHECK(made.growing.whole().to_json() == made.plain.to_json());
        CHECK(made.growing.content() == made.plain.content());
    }
}

TEST_CASE("a stream of text makes no completion until somebody asks for it")
{
    both made;
    for (std::size_t i = 0; i != 6; ++i)
        made.append(kinds()[i]);
    CHECK(made.growing.made() == nullptr);
    CHECK(made.growing.whole().choices().front().finish_reason == "stop");
    CHECK(made.growing.made() == &made.growing.whole());
}
