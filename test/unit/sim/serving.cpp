#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "unit/sim/sim_world.hpp"

#include <algorithm>

using namespace aloft;
using namespace aloft::test;
using sim::distribution;

namespace {

/// One whole stream of a world of its own.
std::string reply_to(const sim::options& settings, bool http2, std::string_view key = {})
{
    world here(settings);
    client by(here, http2);
    const auto asked = chat_call(here);
    if (!key.empty())
        asked->with("x-sim-key", key);
    by.send(*asked);
    here.pass(milliseconds(3000));
    CHECK(asked->done());
    return asked->text;
}

} // namespace

TEST_CASE("a stream brings role, tokens, finish reason and [DONE], each when it is due")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2);
    const auto asked = chat_call(here);
    by.send(*asked);

    here.pass(milliseconds(99));
    CHECK(asked->status() == 200);
    CHECK(asked->carried.head.get("content-type") == "text/event-stream; charset=utf-8");
    CHECK(asked->text.empty());
    here.pass(milliseconds(1));
    CHECK(asked->events() == 2);
    CHECK(asked->count("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}") == 1);
    CHECK(asked->tokens() == 1);
    here.pass(milliseconds(9));
    CHECK(asked->tokens() == 1);
    here.pass(milliseconds(1));
    CHECK(asked->tokens() == 2);
    CHECK_FALSE(asked->ended());
    here.pass(milliseconds(180));
    CHECK(asked->tokens() == 20);
    CHECK(asked->finishes() == 1);
    CHECK(asked->count("\"finish_reason\":\"stop\"") == 1);
    CHECK(asked->done());
    CHECK(asked->count("\"usage\"") == 0);
    CHECK(asked->over());
    CHECK_FALSE(asked->error());

    const auto& count = here.core.count();
    CHECK(count.events == 23);
    CHECK(count.finished == 1);
    CHECK(count.in_flight == 0);
    CHECK(count.cancelled == 0);
}

TEST_CASE("a reply in one piece comes when its last token would")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2);
    const auto asked = chat_call(here, "");
    by.send(*asked);
    here.pass(milliseconds(289));
    CHECK(asked->status() == 0);
    here.pass(milliseconds(1));
    CHECK(asked->status() == 200);
    CHECK(asked->carried.head.get("content-type") == "application/json");
    CHECK(asked->over());
    CHECK(asked->count("\"object\":\"chat.completion\"") == 1);
    CHECK(asked->count("\"finish_reason\":\"stop\"") == 1);
    CHECK(asked->text.ends_with("\"completion_tokens\":20}}"));
}

TEST_CASE("usage, max_tokens and n are honoured")
{
    world here(steady());
    client by(here, true);
    const auto asked = chat_call(
        here, R"("stream":true,"stream_options":{"include_usage":true},"max_tokens":3,"n":2)");
    by.send(*asked);
    here.pass(milliseconds(400));
    CHECK(asked->done());
    CHECK(asked->tokens() == 6);
    CHECK(asked->count("\"index\":1,") == 4); // the last token comes with the finish reason
    CHECK(asked->count("\"finish_reason\":\"length\"") == 2);
    CHECK(asked->count("\"choices\":[],\"usage\":{") == 1);
    CHECK(asked->count("\"completion_tokens\":6}") == 1);
}

TEST_CASE("the same seed gives the same bytes, another seed others")
{
    const auto first = reply_to(steady(), true);
    CHECK(first == reply_to(steady(), true));
    CHECK(first == reply_to(steady(), false));
    CHECK(first != reply_to(steady().seed(2), true));
    const auto keyed = reply_to(steady(), true, "a");
    CHECK(keyed != first);
    CHECK(keyed == reply_to(steady(), true, "a"));
    CHECK(keyed != reply_to(steady(), true, "b"));
}

TEST_CASE("a reply depends on its number, or on its prompt where that is wanted")
{
    const bool by_prompt = GENERATE(false, true);
    world here(steady().reply_by_prompt(by_prompt));
    client by(here, true);
    const auto first = chat_call(here);
    const auto second = chat_call(here);
    by.send(*first);
    by.send(*second);
    here.pass(milliseconds(400));
    REQUIRE(first->done());
    REQUIRE(second->done());
    CHECK((first->text == second->text) == by_prompt);
}

TEST_CASE("without ALPN the first bytes tell the version")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2, false);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(400));
    CHECK(asked->done());
}

TEST_CASE("models and health are answered, other paths and methods are not")
{
    const bool http2 = any_version();
    world here(steady().models({"m", "vendor/other"}));
    struct lookup {
        const char* method;
        const char* path;
        unsigned status;
        const char* part;
    };
    const lookup all[] = {
        {"GET", "/v1/models", 200, R"("data":[{"id":"m","object":"model")"},
        {"GET", "/models?limit=1", 200, R"({"id":"vendor/other")"},
        {"GET", "/v1/models/vendor/other", 200, R"({"id":"vendor/other","object":"model")"},
        {"GET", "/v1/models/none", 404, R"("type":"NotFoundError","param":"model","code":404)"},
        {"GET", "/health", 200, ""},
        {"GET", "/v2/models", 404, R"({"error":{"message":"Not Found","type":"NotFoundError")"},
        {"GET", "/v1/chat/completions", 405, "Method Not Allowed"},
        {"POST", "/v1/models", 405, "Method Not Allowed"},
    };
    client by(here, http2);
    for (const auto& one : all) {
        INFO(one.method << ' ' << one.path);
        call asked(here.pool, one.method, one.path);
        by.send(asked);
        here.settle();
        CHECK(asked.status() == one.status);
        CHECK(asked.text.find(one.part) != std::string::npos);
        CHECK(asked.over());
    }
    CHECK(here.core.count().completions == 0);
}

TEST_CASE("a request without the key, its content type or a known model is refused")
{
    const bool http2 = any_version();
    world here(steady().api_key("secret"));
    client by(here, http2);
    const auto nobody = chat_call(here);
    by.send(*nobody);
    here.settle();
    CHECK(nobody->status() == 401);

    const auto somebody = chat_call(here);
    somebody->with("authorization", "Bearer secret");
    by.send(*somebody);
    here.pass(milliseconds(400));
    CHECK(somebody->done());

    call plain(here.pool, "POST", "/v1/chat/completions");
    plain.with("authorization", "Bearer secret").with("content-type", "text/plain");
    plain.content.whole("hi");
    plain.carried.outgoing_body = &plain.content;
    by.send(plain);
    here.settle();
    CHECK(plain.status() == 415);

    call other(here.pool, "POST", "/v1/chat/completions");
    other.with("authorization", "Bearer secret");
    other.body(R"({"model":"gpt","messages":[{"role":"user","content":"hi"}]})");
    by.send(other);
    here.settle();
    CHECK(other.status() == 404);
    CHECK(other.text == R"({"error":{"message":"The model `gpt` does not exist.",)"
                        R"("type":"NotFoundError","param":"model","code":404}})");

    call broken(here.pool, "POST", "/v1/chat/completions");
    broken.with("authorization", "Bearer secret").body("{\"model\":");
    by.send(broken);
    here.settle();
    CHECK(broken.status() == 400);
    CHECK(broken.count("BadRequestError") == 1);
    CHECK(here.core.count().rejected == 4);
}

TEST_CASE("a screenshot of 1.2 MB is read, a body beyond the limit is not")
{
    const bool http2 = any_version();
    world here(steady().body_limit(2'000'000));
    client by(here, http2);
    const auto with_image = [&](std::size_t size) {
        auto made = std::make_unique<call>(here.pool, "POST", "/v1/chat/completions");
        made->body(R"({"model":"autoglm-phone-9b","stream":true,"messages":[{"role":"user",)"
                   R"("content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
                   std::string(size, 'A') + R"("}},{"type":"text","text":"tap"}]}]})");
        return made;
    };
    const auto screenshot = with_image(1'200'000);
    by.send(*screenshot);
    here.pass(milliseconds(400));
    CHECK(screenshot->done());
    CHECK(here.pool.bytes_in_use() == 0);

    const auto film = with_image(2'500'000);
    by.send(*film);
    here.pass(milliseconds(100));
    CHECK(film->status() == 413);
}

TEST_CASE("a client that resets its stream stops it at once")
{
    world here(steady());
    client by(here, true);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(145));
    CHECK(asked->tokens() == 5);
    by.link->abandon(asked->carried, 8);
    here.settle();
    const auto& count = here.core.count();
    CHECK(count.cancelled == 1);
    CHECK(count.tokens_saved == 15);
    CHECK(count.in_flight == 0);
    const auto events = count.events;
    here.pass(milliseconds(400));
    CHECK(count.events == events);
}

TEST_CASE("a client that closes its connection stops what runs on it")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(145));
    by.link->close(errc::client_closed);
    here.settle();
    CHECK(here.core.count().cancelled == 1);
    CHECK(here.core.count().tokens_saved == 15);
    CHECK(here.core.count().connections_open == 0);
}

TEST_CASE("tokens that are due together leave one connection in one write")
{
    world here(steady().first_token(distribution::constant(milliseconds(50))));
    client by(here, true);
    std::vector<std::unique_ptr<call>> all;
    for (int i = 0; i != 50; ++i) {
        all.push_back(chat_call(here));
        by.send(*all.back());
    }
    here.pass(milliseconds(55));
    const auto writes = by.server_end->writes();
    here.pass(milliseconds(10));
    CHECK(by.server_end->writes() == writes + 1);
    here.pass(milliseconds(400));
    for (const auto& one : all)
        CHECK(one->done());
    CHECK(here.core.count().peak_in_flight == 50);
}

TEST_CASE("a client that does not read is not made tokens for")
{
    const bool http2 = any_version();
    world here(steady().tokens(100'000).token_gap(distribution::constant({})));
    client by(here, http2);
    const auto asked = chat_call(here);
    asked->reading = false;
    by.send(*asked);
    here.pass(milliseconds(300));
    const auto events = here.core.count().events;
    here.pass(milliseconds(300));
    CHECK(here.core.count().events == events);
    CHECK(events < 3000);
}

TEST_CASE("an idle connection is ended, one with a request is not")
{
    const bool http2 = any_version();
    world here(steady().idle_timeout(milliseconds(200)));
    client by(here, http2);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(450));
    CHECK(asked->done());
    CHECK(here.core.count().connections_open == 1);
    here.pass(milliseconds(60));
    CHECK(here.core.count().connections_open == 0);
}

TEST_CASE("a connection that never says what it speaks is closed when idle")
{
    world here(steady().idle_timeout(milliseconds(200)));
    auto [near, far] = net::pipe_transport::make(here.context.get_executor());
    here.core.serve(std::move(far));
    here.pass(milliseconds(190));
    CHECK(here.core.count().connections_open == 1);
    here.pass(milliseconds(20));
    CHECK(here.core.count().connections_open == 0);
}

TEST_CASE("connections and requests beyond the limits are refused")
{
    const bool http2 = any_version();
    world here(steady().max_connections(2).max_requests(1));
    client first(here, http2);
    client second(here, http2);
    client third(here, http2);
    CHECK(here.core.count().connections_open == 2);
    CHECK(third.over);

    const auto one = chat_call(here);
    const auto two = chat_call(here);
    first.send(*one);
    here.settle();
    second.send(*two);
    here.pass(milliseconds(400));
    CHECK(one->done());
    if (http2)
        CHECK(two->error() == errc::stream_refused);
    else
        CHECK(two->status() == 503);
}

TEST_CASE("a connection takes no more requests than it may")
{
    const bool http2 = any_version();
    world here(steady().requests_per_connection(1));
    client by(here, http2);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(400));
    CHECK(asked->done());
    CHECK(by.link->carried().capacity() == 0);
    here.pass(milliseconds(10));
    CHECK(here.core.count().connections_open == 0);
}

TEST_CASE("a request's x-request-id comes back")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2);
    const auto asked = chat_call(here);
    asked->with("x-request-id", "r-1");
    by.send(*asked);
    here.settle();
    CHECK(asked->carried.head.get("x-request-id") == "r-1");
}

TEST_CASE("stopping fails what is open and counts no one as gone")
{
    const bool http2 = any_version();
    world here(steady());
    client by(here, http2);
    const auto asked = chat_call(here);
    by.send(*asked);
    here.pass(milliseconds(120));
    here.core.stop();
    here.settle();
    CHECK(asked->over());
    CHECK(asked->error());
    CHECK(here.core.count().in_flight == 0);
    CHECK(here.core.count().cancelled == 0);
}
