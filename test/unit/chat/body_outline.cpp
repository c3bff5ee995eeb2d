#include "chat/body_outline.hpp"

#include "support/catch.hpp"

#include <aloft/chat_request.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace aloft;
using chat::body_outline;

namespace {

payload in_pieces(const std::string& text, std::size_t length)
{
    std::vector<payload::segment> pieces;
    for (std::size_t at = 0; at < text.size(); at += length)
        pieces.push_back(std::make_shared<const std::string>(text.substr(at, length)));
    return payload(std::move(pieces));
}

std::string conversation(const std::string& system, const std::string& task,
                         const std::string& more = {})
{
    return R"({"model":"m","messages":[{"role":"system","content":")" + system +
           R"("},{"role":"user","content":[{"type":"text","text":")" + task + R"("}]})" + more +
           "]}";
}

std::optional<std::uint64_t> prefix_of(const std::string& text)
{
    return body_outline::read(payload(text), true).prefix;
}

} // namespace

TEST_CASE("the model of a body is found, wherever it stands and however the body is cut")
{
    const std::string text =
        R"({ "messages" : [{"role":"user","content":"say \"model\":\"no\" \\"},{"model":"no"}],)"
        R"("tools":[{"model":"no"}],"x":"\\\"", "model" : "vllm/\"q\"" , "stream":true})";
    for (const std::size_t length : {1U, 2U, 3U, 7U, 1000U}) {
        CAPTURE(length);
        const auto body = in_pieces(text, length);
        const auto found = body_outline::read(body, true);
        CHECK(found.model == R"(vllm/\"q\")");
        const auto renamed = chat::with_model(body, found, "a\"b").flatten();
        const auto again = body_outline::read(payload(renamed), false);
        CHECK(again.model == R"(a\"b)");
        CHECK(renamed.size() == text.size() - 6);
        CHECK(chat::with_model(payload(renamed), again, "vllm/\"q\"").flatten() == text);
    }
}

TEST_CASE("a model's name is found up to a length that none has")
{
    for (const std::size_t length : {1024U, 1025U}) {
        const std::string name(length, 'm');
        for (const std::size_t piece : {100U, 5000U}) {
            const auto body = in_pieces(R"({"model":")" + name + R"(","messages":[]})", piece);
            CHECK(body_outline::read(body, false).model == (length == 1024 ? name : ""));
        }
    }
}

TEST_CASE("what is no object has no model")
{
    for (const std::string text : {"", "[]", "\"model\"", R"({"model)", R"({"model":1})", "}}]]",
                                   R"([{"model":"m"}])", R"({"a":{"model":"m"}})"}) {
        CAPTURE(text);
        const auto found = body_outline::read(payload(text), true);
        CHECK(found.model.empty());
        CHECK_FALSE(found.prefix);
    }
}

TEST_CASE("the requests of a conversation begin alike, those of others do not")
{
    const auto first = prefix_of(conversation("s", "t"));
    REQUIRE(first);
    CHECK(first == prefix_of(conversation("s", "t", R"(,{"role":"assistant","content":"a"})")));
    CHECK(first != prefix_of(conversation("s", "u")));
    CHECK(first != prefix_of(conversation("z", "t")));
    auto other_model = conversation("s", "t");
    other_model.replace(other_model.find("\"m\""), 3, "\"some other\"");
    CHECK(first == prefix_of(other_model));
}

TEST_CASE("a picture is a part of what a prompt begins with")
{
    const auto asked = [](char pixel) {
        const auto picture =
            chat::image::at("data:image/png;base64," + std::string(5000, 'A') + pixel);
        error_code ec;
        auto body = chat::request().model("m").user("what is this", picture).body(ec);
        REQUIRE_FALSE(ec);
        return body_outline::read(body, true).prefix;
    };
    REQUIRE(asked('A'));
    CHECK(asked('A') == asked('A'));
    CHECK(asked('A') != asked('B'));
}
