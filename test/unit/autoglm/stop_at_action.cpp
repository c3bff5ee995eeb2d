#include "unit/autoglm/model_world.hpp"

#include <functional>
#include <optional>
#include <string>

using namespace aloft;
using namespace aloft::test;

namespace {

std::string piece(std::string_view content, int index = 0)
{
    std::string escaped;
    for (const char c : content)
        escaped += c == '"' ? std::string("\\\"") : std::string(1, c);
    return "data: {\"id\":\"c\",\"choices\":[{\"index\":" + std::to_string(index) +
           ",\"delta\":{\"content\":\"" + escaped + "\"}}]}\n\n";
}

struct stopping_world : model_world {
    explicit stopping_world(bool http2, bool on = true) :
        model_world(http2, without_retries(),
                    autoglm::options("http://server/v1").stop_at_action(on))
    {
    }
    autoglm::reply stream(const chat::request& what)
    {
        on_request = [](served& r) { r.begin(); };
        glm.async_stream(what, why, one.handler());
        settle();
        REQUIRE_FALSE(one.ec);
        return std::move(one.got);
    }
    std::string send(autoglm::reply& to, std::string_view bytes)
    {
        last().write(bytes);
        settle();
        std::string read;
        while (const auto* delta = to.try_next())
            read += delta->content;
        settle();
        return read;
    }
};

constexpr std::string_view tap = "do(action=\"Tap\", element=[1,2])";

} // namespace

TEST_CASE("a stream is cancelled on the wire once its action is complete, and ends well")
{
    stopping_world here(any_version());
    auto reply = here.stream(question().max_tokens(100));
    CHECK(here.send(reply, piece("<think>do(action=\"Back\")</think>")) ==
          "<think>do(action=\"Back\")</think>");
    CHECK_FALSE(reply.over());
    const auto action = piece("do(action=\"Tap\", ") + piece("element=[1,2]) Then I");
    CHECK(here.send(reply, action) == "do(action=\"Tap\", element=[1,2]) Then I");
    CHECK(reply.over());
    CHECK_FALSE(reply.error());
    CHECK(reply.stopped_at_action());
    REQUIRE(reply.action());
    CHECK(reply.action()->name() == "Tap");
    here.pass(std::chrono::seconds(1));
    CHECK(here.last().over());
    CHECK(here.glm.early_ends().streams == 1);
    CHECK(here.glm.early_ends().tokens_at_most == 97);
    CHECK(here.idle());
}

TEST_CASE("the last delta of an action is delivered to who waits, and then the end")
{
    stopping_world here(any_version());
    auto reply = here.stream(question());
    std::string read;
    int ends = 0;
    std::function<void(error_code, std::optional<chat::owned_delta>)> next =
        [&](error_code ec, std::optional<chat::owned_delta> delta) {
            CHECK_FALSE(ec);
            if (!delta) {
                ++ends;
                return;
            }
            read += (*delta)->content;
            reply.async_next(
                [&](error_code e, std::optional<chat::owned_delta> d) { next(e, std::move(d)); });
        };
    reply.async_next(
        [&](error_code e, std::optional<chat::owned_delta> d) { next(e, std::move(d)); });
    here.settle();
    here.last().write(piece(tap));
    here.settle();
    CHECK(read == tap);
    CHECK(ends == 1);
    CHECK(here.glm.early_ends().streams == 1);
    CHECK(here.glm.early_ends().tokens_at_most == 2999); // of the 3,000 that AutoGLM asks for
}

TEST_CASE("max_tokens of a request given as JSON counts as that of any other")
{
    stopping_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    const payload json(R"({"model":"m","messages":[],"stream":true,"max_tokens":100})");
    here.glm.async_stream(json, here.why, here.one.handler());
    here.settle();
    REQUIRE_FALSE(here.one.ec);
    auto reply = std::move(here.one.got);
    here.send(reply, piece(tap));
    CHECK(here.glm.early_ends().tokens_at_most == 99);
}

TEST_CASE("a request may ask for it by itself, or not to")
{
    const bool client = GENERATE(false, true);
    stopping_world here(any_version(), client);
    auto reply = here.stream(question().stop_at_action(!client));
    here.send(reply, piece(tap));
    CHECK(reply.over() == !client);
    CHECK(reply.stopped_at_action() == !client);
    CHECK(here.glm.early_ends().streams == (client ? 0 : 1));
}

TEST_CASE("a stream that has said its end, or is there whole, is not cancelled")
{
    stopping_world here(any_version());
    auto reply = here.stream(question().max_tokens(100));
    const bool finished = GENERATE(false, true);
    if (finished) {
        here.send(reply, "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                         "\"finish(message='a')\"},\"finish_reason\":\"stop\"}]}\n\n");
        CHECK_FALSE(reply.over());
        here.send(reply, done);
    } else {
        here.last().write(piece(tap) + std::string(finish) + std::string(done));
        here.last().end();
        here.send(reply, "");
    }
    here.last().end();
    here.settle();
    here.send(reply, "");
    CHECK(reply.over());
    CHECK_FALSE(reply.error());
    CHECK(reply.action());
    CHECK(here.glm.early_ends().streams == 0);
    CHECK_FALSE(here.last().carried.error);
}

TEST_CASE("a stream of several choices is read to its end")
{
    stopping_world here(any_version());
    auto reply = here.stream(question().n(2));
    here.send(reply, piece("a") + piece("b", 1) + piece(tap));
    CHECK_FALSE(reply.over());
}
