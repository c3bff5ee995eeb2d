#include "unit/autoglm/model_world.hpp"

#include <boost/system/system_error.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

autoglm::options two_servers()
{
    return autoglm::options().server("http://a/v1").server("http://b/v1");
}

/// Servers by name, whose health endpoints answer as a test says: a status, or 0 for nothing.
struct health_world : model_world {
    explicit health_world(const autoglm::options& model = two_servers().health(health_check()),
                          client_options with = client_options().retries(retry_rules())) :
        model_world(true, std::move(with), model)
    {
        on_request = [this](served& r) {
            const auto who = std::string(r.header(":authority"));
            if (r.header(":method") == "GET") {
                questions[who].push_back(&r);
                if (status[who] != 0)
                    r.answer("{}", status[who], "application/json");
                return;
            }
            ++requests[who];
            r.begin();
            r.write(event);
            r.write(finish);
            r.write(done);
            r.end();
        };
        status = {{"a", 200}, {"b", 200}};
    }
    void one_request()
    {
        one = {};
        glm.async_stream(question(), why, one.handler());
        settle();
        REQUIRE(one.calls == 1);
        REQUIRE_FALSE(one.ec);
        one.got = autoglm::reply();
        settle();
    }
    /// Lets time pass with a request each second.
    void busy(std::chrono::seconds time)
    {
        for (; time > 0s; time -= 1s) {
            one_request();
            pass(1s);
        }
    }
    [[nodiscard]] server_state state(std::size_t i) const { return glm.servers().at(i); }

    std::map<std::string, unsigned> status;
    std::map<std::string, std::vector<served*>> questions;
    std::map<std::string, int> requests;
};

} // namespace

TEST_CASE("health endpoints are asked beside requests, and do not count as such")
{
    health_world here;
    here.busy(20s);
    for (const auto* who : {"a", "b"}) {
        REQUIRE(here.questions[who].size() >= 3);
        CHECK(here.questions[who].size() <= 6);
        CHECK(here.questions[who].front()->header(":path") == "/health");
    }
    CHECK(here.state(0).health == endpoint_health::well);
    CHECK(here.state(0).checks == here.questions["a"].size());
    CHECK(here.glm.http().metrics().started == 20);
    CHECK(here.glm.http().metrics().succeeded == 20);
    CHECK(here.idle());
}

TEST_CASE("a server whose health endpoint fails is taken out before a request meets it")
{
    health_world here;
    SECTION("it says that it is ill")
    {
        here.status["a"] = 503;
    }
    SECTION("it does not answer in time")
    {
        here.status["a"] = 0;
    }
    here.busy(25s);
    REQUIRE(here.state(0).ejected);
    CHECK(here.state(0).failures == 0);
    here.requests.clear();
    here.busy(20s);
    CHECK(here.requests["a"] == 0);
    CHECK(here.requests["b"] == 20);
    here.status["a"] = 200;
    here.busy(7s);
    CHECK_FALSE(here.state(0).ejected);
    here.requests.clear();
    here.busy(60s);
    CHECK(here.requests["a"] > 10);
    CHECK(here.idle());
}

TEST_CASE("a question waits for no request's permit")
{
    health_world here(
        two_servers().health(health_check()),
        without_retries().max_in_flight(1).rates(rate_limits().requests_per_minute(60)));
    here.at_head = true;
    const auto answers = here.on_request;
    here.on_request = [&](served& r) {
        if (r.header(":method") == "GET")
            answers(r);
    };
    here.glm.async_stream(question(), here.why, here.one.handler()); // never answered
    here.pass(30s);
    CHECK(here.questions["a"].size() >= 5);
    CHECK(here.state(0).health == endpoint_health::well);
    CHECK(here.http->counts().queued == 0);
}

TEST_CASE("a server is sent its key with the question, and is asked at a path of its own")
{
    health_world here(
        autoglm::options()
            .server("http://a/v1", autoglm::server_options().api_key("k").health_path("/a/up"))
            .server("http://b/v1", autoglm::server_options().health_path(""))
            .health(health_check()));
    here.busy(10s);
    REQUIRE_FALSE(here.questions["a"].empty());
    CHECK(here.questions["a"].front()->header(":path") == "/a/up");
    CHECK(here.questions["a"].front()->header("authorization") == "Bearer k");
    CHECK(here.questions["b"].empty());
    CHECK(here.state(1).checks == 0);
}

TEST_CASE("a server without a health endpoint is used as ever")
{
    health_world here;
    SECTION("404")
    {
        here.status["a"] = 404;
    }
    SECTION("a redirect is not followed")
    {
        here.status["a"] = 302;
    }
    SECTION("501")
    {
        here.status["a"] = 501;
    }
    here.busy(40s);
    CHECK_FALSE(here.state(0).ejected);
    CHECK(here.state(0).health == endpoint_health::unknown);
    CHECK(here.requests["a"] > 10);
}

TEST_CASE("an idle client asks nothing, and its loop has nothing to wait for")
{
    health_world here;
    here.pass(60s);
    CHECK(here.questions.empty());
    here.one_request();
    here.pass(75s);
    const auto asked = here.questions["a"].size();
    CHECK(asked >= 8);
    here.pass(300s);
    CHECK(here.questions["a"].size() == asked);
    CHECK(here.clock->armed() == 0);
    here.one_request();
    here.pass(6s);
    CHECK(here.questions["a"].size() > asked);
}

TEST_CASE("the end of a client ends its questions at once")
{
    health_world here;
    here.status["a"] = here.status["b"] = 0;
    here.one_request();
    here.pass(6s);
    while (here.questions["a"].empty() || here.questions["a"].back()->over())
        here.pass(100ms);
    SECTION("close")
    {
        here.core->close();
    }
    SECTION("destruction")
    {
        const auto gone = std::move(here.glm);
    }
    SECTION("a close in peace does not wait for them")
    {
        here.core->drain(time_limit(60s));
    }
    here.settle();
    CHECK(here.questions["a"].back()->over());
    const auto asked = here.questions["a"].size();
    here.pass(30s);
    CHECK(here.questions["a"].size() == asked);
    CHECK(here.clock->armed() == 0);
}

TEST_CASE("a server that cannot be reached is found out by its endpoint, and is back when it is")
{
    health_world here;
    here.busy(10s);
    for (auto& link : here.links)
        link.close();
    here.refuse = boost::asio::error::connection_refused;
    here.settle();
    here.pass(40s);
    CHECK((here.state(0).ejected || here.state(1).ejected));
    CHECK(here.state(0).failures == 0);
    here.refuse = {};
    here.pass(15s);
    CHECK_FALSE(here.state(0).ejected);
    CHECK_FALSE(here.state(1).ejected);
}

TEST_CASE("a server that was out of reach for long is back soon after it can be reached")
{
    health_world here;
    here.busy(10s);
    here.refuse = boost::asio::error::connection_refused;
    for (auto& link : here.links) {
        if (!link.requests.empty() && link.requests.front().header(":authority") == "a")
            link.close();
    }
    std::deque<outcome_of<autoglm::reply>> all; // some wait for a dial before they go elsewhere
    for (int i = 0; i < 200; ++i) {
        here.glm.async_stream(question(), here.why, all.emplace_back().handler());
        here.pass(1s);
    }
    for (const auto& one : all) {
        CHECK(one.calls == 1);
        CHECK_FALSE(one.ec);
    }
    REQUIRE(here.state(0).ejected);
    CHECK(here.state(0).probes == 0);
    CHECK_FALSE(here.state(1).ejected);
    here.refuse = {};
    here.busy(20s); // connections are tried again after ten seconds at the most
    CHECK_FALSE(here.state(0).ejected);
}

TEST_CASE("health paths that cannot be used are refused")
{
    boost::asio::io_context loop;
    const auto refusal = [&](const std::string& path) -> std::string {
        try {
            const autoglm::client made(loop.get_executor(),
                                       two_servers().health(health_check(path)));
            return {};
        } catch (const boost::system::system_error& wrong) {
            return wrong.what();
        }
    };
    CHECK(refusal("/health").empty());
    CHECK(refusal("health").find("\"health\" should look like /health") != std::string::npos);
    CHECK(refusal("//evil/health").find("should look like") != std::string::npos);
    const autoglm::client one(loop.get_executor(),
                              autoglm::options("http://a/v1").health(health_check()));
    CHECK(one.servers().empty());
}
