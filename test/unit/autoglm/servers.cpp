#include "unit/autoglm/model_world.hpp"

#include <aloft/prometheus.hpp>

#include <boost/system/system_error.hpp>

#include <map>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view whole_stream =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}"
    "\n\ndata: [DONE]\n\n";

autoglm::options three_servers()
{
    return autoglm::options().server("http://a/v1").server("http://b/v1").server("http://c/v1");
}

client_options with_retries()
{
    return client_options().retries(retry_rules());
}

/// Servers by name, each of which does what a test says.
struct servers_world : model_world {
    explicit servers_world(const autoglm::options& model = three_servers(),
                           client_options with = with_retries(), bool http2 = true) :
        model_world(http2, std::move(with), model)
    {
        on_request = [this](served& r) {
            const auto who = std::string(r.header(":authority"));
            asked.push_back(who);
            bodies.push_back(r.body);
            if (const auto at = does.find(who); at != does.end())
                at->second(r);
            else
                give(r);
        };
    }
    static void give(served& r)
    {
        r.begin();
        r.write(whole_stream);
        r.end();
    }
    static auto refuses(unsigned status, std::string retry_after = {})
    {
        return [status, retry_after](served& r) {
            if (!retry_after.empty())
                r.head.add("retry-after", retry_after);
            r.answer("{\"error\":{\"message\":\"no\"}}", status, "application/json");
        };
    }
    /// One request; the servers it was sent to.
    std::vector<std::string> one_request(autoglm::chat_request what = question())
    {
        asked.clear();
        bodies.clear();
        one = {};
        glm.async_stream(what, why, one.handler());
        settle();
        clock->advance(1ms); // a turn between two attempts
        settle();
        return asked;
    }
    [[nodiscard]] server_state state(std::size_t i) const { return glm.servers().at(i); }
    void finish()
    {
        while (!one.ec && one.got.try_next() != nullptr) {
        }
        one.got = autoglm::reply();
        settle();
    }

    std::map<std::string, std::function<void(served&)>> does;
    std::vector<std::string> asked;
    std::vector<std::string> bodies;
};

std::string refusal(const autoglm::options& with)
{
    try {
        boost::asio::io_context loop;
        const autoglm::client made(loop.get_executor(), with);
        return {};
    } catch (const boost::system::system_error& wrong) {
        return wrong.what();
    }
}

} // namespace

TEST_CASE("requests are spread over the servers, and each is counted where it is under way")
{
    servers_world here;
    std::vector<outcome_of<autoglm::reply>> all(90);
    for (auto& one : all) {
        here.glm.async_stream(question(), here.why, one.handler());
        here.settle();
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(here.state(i).outstanding == 0); // a stream that ended is over, read or not
        CHECK(here.state(i).attempts > 15);
        CHECK(here.state(i).failures == 0);
        CHECK(here.state(i).latency == 0ms);
    }
    CHECK(here.state(0).base_url == "http://a/v1");
    here.does["a"] = here.does["b"] = here.does["c"] = [](served& r) {
        r.begin();
        r.write(event);
    };
    std::vector<outcome_of<autoglm::reply>> streams(90);
    for (auto& one : streams) {
        here.glm.async_stream(question(), here.why, one.handler());
        here.settle();
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(here.state(i).outstanding >= 27);
        CHECK(here.state(i).outstanding <= 33);
    }
    streams.clear();
    here.settle();
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(here.state(i).outstanding == 0);
}

TEST_CASE("a request that fails at one server is tried at another one at once")
{
    servers_world here;
    here.does["a"] = servers_world::refuses(503);
    int moved = 0;
    for (int i = 0; i < 20; ++i) {
        const auto asked = here.one_request();
        REQUIRE(here.one.calls == 1); // no time has passed
        CHECK_FALSE(here.one.ec);
        moved += asked.front() == "a" ? 1 : 0;
        CHECK(asked.size() == (asked.front() == "a" ? 2 : 1));
        CHECK(asked.back() != "a");
        here.finish();
    }
    CHECK(moved == 5); // then it was left alone
    CHECK(here.state(0).ejected);
    CHECK(here.state(0).failures == 5);
    CHECK(here.idle());
}

TEST_CASE("metrics of a client tell of its servers, and Prometheus of each")
{
    servers_world here;
    here.does["a"] = servers_world::refuses(503);
    for (int i = 0; i < 40; ++i)
        here.one_request();
    const auto seen = here.glm.metrics();
    REQUIRE(seen.servers.size() == 3);
    CHECK(seen.started == 40);
    CHECK(seen.servers[0].failures == 5);
    CHECK(seen.servers[0].failovers == 5);
    CHECK(here.glm.http().metrics().servers.empty());
    const auto text = prometheus_text(seen);
    CHECK(text.find("aloft_server_failovers_total{server=\"0\",origin=\"http://a\"} 5\n") !=
          std::string::npos);
}

TEST_CASE("a server that answers again is given requests again, after one that finds out")
{
    servers_world here;
    here.does["a"] = servers_world::refuses(503);
    for (int i = 0; i < 40; ++i)
        here.one_request();
    REQUIRE(here.state(0).ejected);
    here.pass(7s);
    CHECK(here.one_request().size() == 2); // the probe, and another server for the request
    CHECK(here.state(0).resting > 7s);
    here.does.erase("a");
    here.pass(13s);
    CHECK(here.one_request() == std::vector<std::string>{"a"});
    CHECK_FALSE(here.state(0).ejected);
    here.pass(11s);
    int first = 0;
    for (int i = 0; i < 60; ++i)
        first += here.one_request().front() == "a" ? 1 : 0;
    CHECK(first > 8);
}

TEST_CASE("all that a dead server had in flight goes elsewhere, however much it is")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"));
    std::vector<served*> held;
    std::vector<served*> others;
    here.does["a"] = [&](served& r) { held.push_back(&r); };
    here.does["b"] = [&](served& r) { others.push_back(&r); };
    std::vector<outcome_of<autoglm::reply>> all(200);
    for (auto& one : all) {
        here.glm.async_stream(question(), here.why, one.handler());
        here.settle();
    }
    REQUIRE(held.size() > 50);
    here.does.clear();
    for (auto& link : here.links) {
        if (!link.requests.empty() && link.requests.front().header(":authority") == "a")
            link.close();
    }
    here.settle();
    here.pass(1ms);
    std::size_t moved = 0;
    for (auto& one : all) {
        moved += one.calls == 1 ? 1 : 0;
        CHECK_FALSE(one.ec);
    }
    CHECK(moved == held.size());
    CHECK(here.state(0).ejected);
    for (auto* r : others)
        servers_world::give(*r);
    here.settle(); // `all` goes before what would complete it
}

TEST_CASE("servers that all fail are tried in turn, with waits between the rounds")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"),
                       client_options().retries(retry_rules().retries(3)));
    here.does["a"] = here.does["b"] = servers_world::refuses(503);
    here.one_request();
    CHECK(here.asked.size() == 2);
    here.pass(60s);
    REQUIRE(here.one.calls == 1);
    CHECK(here.one.ec == errc::http_status);
    REQUIRE(here.asked.size() == 4);
    CHECK(here.asked[0] != here.asked[1]);
    CHECK(here.asked[2] != here.asked[3]);
    CHECK(here.why.attempts == 4);
    CHECK(here.why.waited > 0ms);
    CHECK(here.idle());
}

TEST_CASE("a server is left alone for as long as it asks, and nobody waits for that")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"));
    std::size_t models = 0;
    SECTION("429 with retry-after, for the model that was asked for")
    {
        models = 1;
        here.does["a"] = servers_world::refuses(429, "30");
    }
    SECTION("its key is refused")
    {
        here.does["a"] = servers_world::refuses(401);
    }
    for (int i = 0; i < 20; ++i) {
        here.one_request();
        REQUIRE(here.one.calls == 1);
        CHECK_FALSE(here.one.ec);
        here.finish();
    }
    CHECK(here.state(0).attempts == 1);
    CHECK(here.state(0).models_resting == models);
    CHECK((here.state(0).resting > 20s) == (models == 0));
    CHECK_FALSE(here.state(0).ejected);
    here.does.erase("a");
    here.pass(75s);
    for (int i = 0; i < 20; ++i)
        here.one_request();
    CHECK(here.state(0).attempts > 4);
}

TEST_CASE("an error inside a 200 counts against its server, retries or none")
{
    const auto says = [](std::string error) {
        return [error](served& r) {
            r.begin();
            r.write("data: " + error + "\n\n");
            r.write(done);
            r.end();
        };
    };
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"),
                       without_retries());
    SECTION("one that passes: it is left alone after five")
    {
        here.does["a"] = says("{\"error\":{\"code\":\"1234\"}}");
        for (int i = 0; i < 40; ++i) {
            here.one_request();
            here.finish();
        }
        CHECK(here.state(0).failures == 5);
        CHECK(here.state(0).ejected);
    }
    SECTION("no quota: it rests")
    {
        here.does["a"] = says("{\"error\":{\"code\":\"1113\"}}");
        for (int i = 0; i < 40; ++i) {
            here.one_request();
            here.finish();
        }
        CHECK(here.state(0).attempts == 1);
    }
    SECTION("what is wrong with the request is nobody's fault")
    {
        here.does["a"] = says("{\"error\":{\"code\":\"1210\"}}");
        for (int i = 0; i < 40; ++i) {
            here.one_request();
            here.finish();
        }
        CHECK(here.state(0).failures == 0);
        CHECK_FALSE(here.state(0).ejected);
    }
}

TEST_CASE("a server whose streams all end with an error is left alone")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"));
    here.does["a"] = [](served& r) {
        r.begin();
        r.write(event);
        r.write("data: {\"error\":{\"code\":500,\"message\":\"engine\"}}\n\n");
        r.end();
    };
    for (int i = 0; i < 100; ++i) {
        here.one_request();
        here.finish();
    }
    CHECK(here.state(0).ejected);
    CHECK(here.state(0).failures <= 21);
}

TEST_CASE("who is out of quota for one model serves the others")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"));
    const auto ask_for = [&](std::string model) {
        auto ask = question();
        ask.model(std::move(model));
        return here.one_request(ask);
    };
    unsigned status = 429;
    here.does["a"] = [&](served& r) {
        if (r.body.find("\"large\"") == std::string::npos)
            return servers_world::give(r);
        r.head.add("retry-after", "30");
        r.answer("{\"error\":{\"message\":\"no\"}}", status, "application/json");
    };
    SECTION("429: it rests for that model")
    {
        for (int i = 0; i < 40; ++i) {
            ask_for("large");
            REQUIRE(here.one.calls == 1);
            CHECK_FALSE(here.one.ec);
        }
        CHECK(here.state(0).attempts == 1);
        CHECK(here.state(0).resting == 0ms);
        CHECK(here.state(0).models_resting == 1);
        for (int i = 0; i < 40; ++i)
            CHECK(ask_for("small").size() == 1);
        CHECK(here.state(0).attempts > 10);
        here.pass(31s);
        CHECK(here.state(0).models_resting == 0);
    }
    SECTION("503: it rests")
    {
        status = 503;
        for (int i = 0; i < 20; ++i)
            ask_for("large");
        CHECK(here.state(0).resting > 20s);
    }
    SECTION("both have none: they are asked all the same")
    {
        here.does["b"] = here.does["a"];
        for (int i = 0; i < 3; ++i) {
            ask_for("large");
            here.pass(120s);
            REQUIRE(here.one.calls == 1);
            CHECK(here.one.ec == errc::http_status);
        }
        CHECK(ask_for("small").size() == 1);
    }
}

TEST_CASE("an error after attempts at several servers names each, and what it said")
{
    servers_world here;
    here.does["a"] = here.does["b"] = servers_world::refuses(503);
    here.does["c"] = [](served& r) {
        r.answer("{\"error\":{\"code\":\"1302\"},\"request_id\":\"20261201\"}", 429,
                 "application/json");
    };
    here.one_request();
    here.pass(60s);
    REQUIRE(here.one.ec == errc::http_status);
    const auto text = here.why.message();
    CAPTURE(text);
    for (const auto* who : {"http://a: ", "http://b: ", "http://c: "}) {
        const auto at = text.find(who);
        REQUIRE(at != std::string::npos);
        CHECK(text.find(who, at + 1) == std::string::npos);
    }
    CHECK(text.find("status 429, 1302, request id 20261201") != std::string::npos);
    CHECK(text.find("status 503") != std::string::npos);
    CHECK(here.why.elsewhere.find(here.why.origin + ":") == std::string::npos);
}

TEST_CASE("what many servers said is cut, with how many are left out")
{
    auto many = autoglm::options();
    for (int i = 0; i < 40; ++i)
        many.server("http://server-with-a-long-name-" + std::to_string(i) + "/v1");
    servers_world here(many, client_options().retries(retry_rules().retries(60)));
    for (int i = 0; i < 40; ++i)
        here.does["server-with-a-long-name-" + std::to_string(i)] = servers_world::refuses(503);
    here.one_request();
    here.pass(600s);
    REQUIRE(here.one.calls == 1);
    CHECK(here.why.elsewhere.size() < 1200);
    if (here.asked.size() > 15)
        CHECK(here.why.elsewhere.find(" more") != std::string::npos);
}

TEST_CASE("what is wrong with a request is not tried at every server")
{
    servers_world here;
    here.does["a"] = here.does["b"] = here.does["c"] = servers_world::refuses(400);
    for (int i = 0; i < 20; ++i) {
        CHECK(here.one_request().size() == 1);
        CHECK(here.one.ec == errc::http_status);
    }
    for (std::size_t i = 0; i < 3; ++i)
        CHECK_FALSE(here.state(i).ejected);
}

TEST_CASE("a stream that breaks off, or stalls, counts against its server")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"),
                       with_retries().deadlines(deadlines().gap(10s)));
    here.does["a"] = here.does["b"] = [](served& r) {
        r.begin();
        r.write(event);
    };
    here.one_request();
    const std::size_t at = here.asked.front() == "a" ? 0 : 1;
    REQUIRE(here.one.got.try_next() != nullptr);
    REQUIRE(here.one.got.try_next() == nullptr);
    SECTION("it breaks off")
    {
        here.last().reset(2);
    }
    SECTION("it ends too early")
    {
        here.last().end();
    }
    SECTION("it stalls")
    {
        here.pass(300s);
    }
    here.settle();
    while (here.one.got.try_next() != nullptr) {
    }
    CHECK(here.one.got.error());
    CHECK(here.state(at).failures == 1);
    CHECK(here.state(at).outstanding == 0);
}

TEST_CASE("a stream that its reader cancels counts against nobody")
{
    servers_world here;
    here.does["a"] = here.does["b"] = here.does["c"] = [](served& r) {
        r.begin();
        r.write(event);
    };
    for (int i = 0; i < 30; ++i) {
        here.one_request();
        here.one.got.cancel();
        here.settle();
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(here.state(i).failures == 0);
        CHECK(here.state(i).outstanding == 0);
    }
}

TEST_CASE("a server that cannot be reached is passed over")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"));
    here.refuse = boost::asio::error::connection_refused;
    here.one_request();
    here.refuse = {};
    here.pass(20s);
    REQUIRE(here.one.calls == 1);
    CHECK_FALSE(here.one.ec);
}

TEST_CASE("each server is sent its own key, and the name that it has for the model")
{
    servers_world here(
        autoglm::options()
            .api_key("common")
            .server("http://a/v1", autoglm::server_options().model("glm", "zai/glm-4"))
            .server("http://b/v1", autoglm::server_options().api_key("secret-b").model("glm"))
            .server("http://c/v1", autoglm::server_options().model("other")));
    std::map<std::string, std::string> keys;
    for (const auto* who : {"a", "b"}) {
        here.does[who] = [&, who](served& r) {
            keys[who] = r.header("authorization");
            servers_world::refuses(503)(r);
        };
    }
    auto ask = question();
    ask.model("glm");
    const auto asked = here.one_request(ask);
    REQUIRE(asked.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto* const named = asked[i] == "a" ? "\"model\":\"zai/glm-4\"" : "\"model\":\"glm\"";
        CHECK(here.bodies[i].find(named) != std::string::npos);
    }
    CHECK(keys["a"] == "Bearer common");
    CHECK(keys["b"] == "Bearer secret-b");
    here.pass(60s);
    ask.model("other");
    CHECK(here.one_request(ask) == std::vector<std::string>{"c"});
    ask.model("third");
    CHECK(here.one_request(ask).empty());
    CHECK(here.one.ec == errc::invalid_request);
    CHECK(here.why.detail == "no server is set up for its model");
    CHECK(here.idle());
}

TEST_CASE("the requests of a session, and of a conversation, go to one server")
{
    servers_world here(three_servers().balancing(balancing_rules().affinity(affinity::prefix)));
    std::map<std::string, int> used;
    for (int talk = 0; talk < 30; ++talk) {
        const auto name = std::to_string(talk);
        autoglm::chat_request ask;
        ask.user(talk % 2 == 0 ? "the same" : "task " + name);
        if (talk % 2 == 0)
            ask.session(name);
        const auto at = here.one_request(ask).at(0);
        ++used[at];
        for (int turn = 0; turn < 4; ++turn) {
            ask.assistant("do(...)").user("next");
            CHECK(here.one_request(ask) == std::vector<std::string>{at});
            here.finish();
        }
    }
    CHECK(used.size() == 3);
}

TEST_CASE("limits of a server hold where a request is tried at another")
{
    servers_world here(autoglm::options().server("http://a/v1").server("http://b/v1"),
                       with_retries().rates(rate_limits().requests_per_minute(6'000)));
    here.does["a"] = servers_world::refuses(503);
    for (int i = 0; i < 20; ++i) {
        here.one_request();
        here.pass(1s);
        REQUIRE(here.one.calls == 1);
        CHECK_FALSE(here.one.ec);
        here.finish();
    }
    CHECK(here.idle());
}

TEST_CASE("a hedge goes to another server")
{
    servers_world here(autoglm::options()
                           .server("http://a/v1")
                           .server("http://b/v1")
                           .hedging(hedge_rules().budget(1)),
                       without_retries());
    here.does["a"] = here.does["b"] = [&](served&) {};
    const auto late = [&] {
        here.one_request();
        here.pass(100ms);
    };
    for (int i = 0; i < 30; ++i) {
        late();
        servers_world::give(here.last());
        here.settle();
        here.finish();
    }
    late();
    here.pass(30ms);
    REQUIRE(here.asked.size() == 2);
    CHECK(here.asked[0] != here.asked[1]);
    CHECK(here.state(0).outstanding == 1);
    CHECK(here.state(1).outstanding == 1);
    servers_world::give(here.last());
    here.settle();
    CHECK(here.one.calls == 1);
    here.finish();
    CHECK(here.idle());
}

TEST_CASE("servers that cannot be used are refused with the one that is wrong")
{
    CHECK(refusal(three_servers()).empty());
    CHECK(refusal(three_servers().server("ftp://d")).find("ftp://d") != std::string::npos);
    CHECK(refusal(three_servers().server("http://d", autoglm::server_options().weight(0)))
              .find("\"http://d\": its weight") != std::string::npos);
    auto many = autoglm::options();
    for (int i = 0; i < 65; ++i)
        many.server("http://s" + std::to_string(i));
    CHECK(refusal(many).find("at most 64 servers") != std::string::npos);
}

TEST_CASE("one server has no balancer, unless it serves certain models only")
{
    boost::asio::io_context loop;
    const autoglm::client one(loop.get_executor(), autoglm::options("http://a/v1"));
    CHECK(one.servers().empty());
    const autoglm::client listed(loop.get_executor(), autoglm::options().server("http://a/v1"));
    CHECK(listed.servers().empty());
    const autoglm::client named(
        loop.get_executor(),
        autoglm::options().server("http://a/v1", autoglm::server_options().model("m")));
    CHECK(named.servers().size() == 1);
}
