#include "support/catch.hpp"

#include <aloft/chat_request.hpp>
#include <aloft/conversation.hpp>
#include <aloft/payload.hpp>

#include <limits>
#include <string>
#include <vector>

namespace chat = aloft::chat;
namespace autoglm = aloft::autoglm;
using aloft::errc;
using aloft::error_code;
using aloft::payload;

namespace {

std::string body_of(const chat::request& request)
{
    error_code failed;
    const payload body = request.body(failed);
    REQUIRE_FALSE(failed);
    return body.flatten();
}

error_code failure_of(const chat::request& request)
{
    error_code failed;
    const payload body = request.body(failed);
    CHECK(body.empty() == static_cast<bool>(failed));
    return failed;
}

chat::request hello()
{
    chat::request request;
    request.model("m").user("Hi");
    return request;
}

} // namespace

TEST_CASE("only what was set is sent", "[chat]")
{
    CHECK(body_of(hello()) ==
          R"({"model":"m","stream":false,"messages":[{"role":"user","content":"Hi"}]})");
}

TEST_CASE("numbers are written shortest, with a point, and never as minus zero", "[chat]")
{
    CHECK(
        body_of(hello()
                    .temperature(-0.0)
                    .top_p(0.85)
                    .frequency_penalty(0.2)
                    .presence_penalty(1)
                    .n(2)
                    .seed(-7)
                    .max_tokens(5)
                    .max_completion_tokens(6)) ==
        R"({"model":"m","stream":false,"max_tokens":5,"max_completion_tokens":6,"temperature":0.0,)"
        R"("top_p":0.85,"frequency_penalty":0.2,"presence_penalty":1.0,"n":2,"seed":-7,)"
        R"("messages":[{"role":"user","content":"Hi"}]})");
}

TEST_CASE("texts are escaped, and non-ASCII is left alone", "[chat]")
{
    chat::request request;
    request.model("m").user("a\"\\\n\t\r\b\f\x01\x7f\xC3\xA9/");
    CHECK(body_of(request) ==
          "{\"model\":\"m\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":"
          "\"a\\\"\\\\\\n\\t\\r\\b\\f\\u0001\x7f\xC3\xA9/\"}]}");
}

TEST_CASE("usage is asked for in streams only", "[chat]")
{
    error_code failed;
    const chat::request request = hello().include_usage(true);
    CHECK(request.body(true, failed).flatten() ==
          R"({"model":"m","stream":true,"stream_options":{"include_usage":true},)"
          R"("messages":[{"role":"user","content":"Hi"}]})");
    CHECK(request.body(false, failed).flatten().find("stream_options") == std::string::npos);
}

TEST_CASE("extra fields are merged, and take the place of others", "[chat]")
{
    CHECK(body_of(hello()
                      .temperature(1)
                      .stop("a")
                      .stop("b")
                      .extra("top_k", "1")
                      .extra("temperature", "0.5")
                      .extra("top_k", "[20]")) ==
          R"({"model":"m","stream":false,"stop":["a","b"],)"
          R"("messages":[{"role":"user","content":"Hi"}],"top_k":[20],"temperature":0.5})");
}

TEST_CASE("tool calls and their results are sent", "[chat]")
{
    chat::message call("assistant");
    call.add_tool_call("t1", "f", R"({"a":1})");
    CHECK(body_of(hello().add(call).tool("t1", "42")) ==
          R"({"model":"m","stream":false,"messages":[{"role":"user","content":"Hi"},)"
          R"({"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function",)"
          R"("function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
          R"({"role":"tool","content":"42","tool_call_id":"t1"}]})");
}

TEST_CASE("a request no server can read is refused", "[chat]")
{
    chat::request nothing;
    CHECK(failure_of(nothing) == errc::invalid_request);
    CHECK(failure_of(chat::request().model("m")) == errc::invalid_request);
    CHECK(failure_of(chat::request().user("x")) == errc::invalid_request);
    CHECK(failure_of(chat::request(hello()).user("\xff")) == errc::invalid_request);
    CHECK(failure_of(chat::request(hello()).user("cut \xE2\x82")) == errc::invalid_request);
    CHECK(failure_of(hello().temperature(std::numeric_limits<double>::quiet_NaN())) ==
          errc::invalid_request);
    CHECK(failure_of(hello().top_p(std::numeric_limits<double>::infinity())) ==
          errc::invalid_request);
    CHECK(failure_of(hello().extra("a", "{")) == errc::invalid_request);
    CHECK(failure_of(hello().extra("a", "1,\"b\":2")) == errc::invalid_request);
    CHECK(failure_of(hello().extra("stream", "true")) == errc::invalid_request);
    CHECK(failure_of(hello().user("x", chat::image())) == errc::invalid_request);
    CHECK(failure_of(hello().user("x", chat::png(std::string_view()))) == errc::invalid_request);
}

TEST_CASE("images are encoded as data URIs", "[chat]")
{
    CHECK(chat::png("\x89PNG").url() == "data:image/png;base64,iVBORw==");
    CHECK(chat::jpeg("abc").url() == "data:image/jpeg;base64,YWJj");
    CHECK(chat::image("image/webp", "ab").url() == "data:image/webp;base64,YWI=");
    CHECK(chat::image_url("https://x/y.png").url() == "https://x/y.png");
    const std::vector<unsigned char> bytes{'a', 'b', 'c'};
    CHECK(chat::png(std::as_bytes(std::span(bytes))).url() == "data:image/png;base64,YWJj");
}

TEST_CASE("a large image is shared by all bodies that carry it", "[chat]")
{
    const chat::image picture = chat::png(std::string(30'000, 'x'));
    const chat::request request = hello().user("look", picture);
    const chat::request copy = request;
    error_code failed;
    for (const chat::request& each : {request, copy}) {
        const payload body = each.body(failed);
        CHECK(body.segment_count() == 3);
        CHECK((*++body.begin()).data() == picture.url().data());
        CHECK(
            body.flatten() ==
            R"({"model":"m","stream":false,"messages":[{"role":"user","content":"Hi"},{"role":"user","content":)"
            R"([{"type":"image_url","image_url":{"url":")" +
                std::string(picture.url()) + R"("}},{"type":"text","text":"look"}]}]})");
    }
}

TEST_CASE("a URL that needs escapes is escaped", "[chat]")
{
    const std::string url = "https://x/\"" + std::string(2000, 'y');
    chat::message turn("user");
    turn.add_image(chat::image_url(url), "low");
    const std::string body = body_of(hello().add(turn));
    CHECK(body.find(R"({"url":"https://x/\"yyy)") != std::string::npos);
    CHECK(body.find(R"(yyy","detail":"low"}})") != std::string::npos);
}

TEST_CASE("a payload is a run of shared segments", "[base]")
{
    payload empty;
    CHECK(empty.empty());
    CHECK(empty.begin() == empty.end());
    payload one("abc");
    CHECK(one.segment_count() == 1);
    const payload before = one;
    one.append("")
        .append("def")
        .append(payload::segment())
        .append(std::make_shared<const std::string>("g"));
    CHECK(one.flatten() == "abcdefg");
    CHECK(one.size() == 7);
    CHECK(one.segment_count() == 3);
    CHECK(before.flatten() == "abc");
    for (std::size_t offset = 0; offset <= 8; ++offset) {
        for (std::size_t count = 0; count <= 8; ++count) {
            std::string out(count, '?');
            const std::size_t copied = one.copy_to(offset, out);
            CHECK(out.substr(0, copied) ==
                  std::string("abcdefg").substr(std::min<std::size_t>(offset, 7), count));
        }
    }
    payload listed(std::vector<payload::segment>{nullptr, std::make_shared<const std::string>("x"),
                                                 std::make_shared<const std::string>(),
                                                 std::make_shared<const std::string>("y")});
    CHECK(listed.flatten() == "xy");
    CHECK(listed.segment_count() == 2);
}

TEST_CASE("the phone agent's requests carry its defaults", "[autoglm]")
{
    autoglm::chat_request request;
    request.system("<prompt>").user("task", autoglm::png("\x89PNG")).stream(true);
    CHECK(
        body_of(request) ==
        R"({"model":"autoglm-phone-9b","stream":true,"max_tokens":3000,"temperature":0.0,"top_p":0.85,)"
        R"("frequency_penalty":0.2,"messages":[{"role":"system","content":"<prompt>"},)"
        R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw=="}},)"
        R"({"type":"text","text":"task"}]}]})");
}

TEST_CASE("a conversation carries one picture, the newest, and all text", "[autoglm]")
{
    autoglm::chat_request base;
    base.system("S");
    autoglm::conversation talk(base);
    talk.begin("Open the settings", autoglm::png("1"), autoglm::screen_info());
    CHECK(
        body_of(talk.request())
            .find(
                R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,MQ=="}},)"
                R"({"type":"text","text":"Open the settings\n\n{\"current_app\": \"System Home\"}"}]})") !=
        std::string::npos);
    talk.reply(autoglm::split_reply("<think>t</think>\n<answer>do(action=\"Back\")"));
    talk.observe(autoglm::png("2"), autoglm::screen_info("\xE8\xAE\xBE").extra("k", "v"));
    const std::string second = body_of(talk.request());
    CHECK(
        second.substr(second.find("\"messages\"")) ==
        "\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
        R"({"role":"user","content":[{"type":"text","text":"Open the settings\n\n{\"current_app\": \"System Home\"}"}]},)"
        R"({"role":"assistant","content":"<think><think>t</think>\n<answer></think><answer>do(action=\"Back\")</answer>"},)"
        R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,Mg=="}},)"
        "{\"type\":\"text\",\"text\":\"** Screen Info **\\n\\n{\\\"current_app\\\": "
        "\\\"\xE8\xAE\xBE\\\", \\\"k\\\": "
        "\\\"v\\\"}\"}]}]}");
}
