#include "source_world.hpp"
#include "support/catch.hpp"

#include <map>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

/// Redirects by "authority path" -> location, and streams what no rule is for.
void redirect(client_world& here, std::map<std::string, std::string> rules, unsigned status = 302)
{
    here.on_request = [rules = std::move(rules), status](served& r) {
        const auto at =
            rules.find(std::string(r.header(":authority")) + ' ' + std::string(r.header(":path")));
        if (at == rules.end())
            return r.begin();
        r.head.add("location", at->second);
        r.answer("moved", status, "text/plain");
    };
}

std::string asked(const served& r)
{
    return std::string(r.header(":authority")) + std::string(r.header(":path"));
}

} // namespace

TEST_CASE("redirects are followed, by each request anew")
{
    const auto status = GENERATE(301U, 302U, 303U, 307U, 308U);
    source_world world;
    redirect(world.here, {{"server /events", "../a/b?c#d"}, {"server /a/b?c", "//other/e"}},
             status);
    world.open();
    REQUIRE(world.requests() == 3);
    CHECK(asked(*world.here.seen[1]) == "server/a/b?c");
    CHECK(asked(*world.here.seen[2]) == "other/e");
    CHECK(world.here.seen[2]->header("accept") == "text/event-stream");
    world.server().write("id: 9\ndata: x\n\n");
    world.data();
    world.server().end();
    world.error();
    world.here.pass(3s);
    REQUIRE(world.requests() == 6);
    CHECK(asked(*world.here.seen[3]) == "server/events");
    CHECK(world.here.seen[5]->header("last-event-id") == "9");
}

TEST_CASE("twenty redirects are followed, and not one more")
{
    const bool endless = GENERATE(false, true);
    source_world world;
    std::map<std::string, std::string> rules{{"server /events", "/0"}};
    for (int i = 0; i < (endless ? 20 : 19); ++i)
        rules["server /" + std::to_string(i)] = "/" + std::to_string(i + 1);
    redirect(world.here, rules);
    if (endless) {
        const auto got = world.error();
        CHECK(got.fatal);
        CHECK(got.why.code == errc::too_many_redirects);
        world.closed();
    } else {
        world.open();
    }
    CHECK(world.requests() == 21);
}

TEST_CASE("credentials do not cross to another origin, nor come back from there")
{
    const bool of_client = GENERATE(false, true);
    event_source_options options;
    client_options http;
    for (const auto* name :
         {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-harmless"}) {
        options.header(name, "sesame");
        http.header(name, "sesame");
    }
    source_world world(true, of_client ? event_source_options() : options,
                       of_client ? http : client_options());
    redirect(world.here, {{"server /events", "/same"},
                          {"server /same", "http://server:81/port"},
                          {"server:81 /port", "http://server/home"}});
    world.open();
    REQUIRE(world.requests() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        INFO(i);
        const auto& request = *world.here.seen[i];
        for (const auto* name : {"authorization", "proxy-authorization", "cookie", "x-api-key"})
            CHECK(request.header(name) == (i < 2 ? "sesame" : ""));
        CHECK(request.header("x-harmless") == "sesame");
    }
    world.server().end();
    world.error();
    world.here.pass(3s);
    CHECK(world.here.seen[4]->header("authorization") == "sesame"); // it begins at home again
}

TEST_CASE("a redirect that leads nowhere is fatal")
{
    source_world world;
    const std::string location = GENERATE("ftp://server/", "http://", "http://u:p@server/");
    redirect(world.here, {{"server /events", location}});
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::redirect_refused);
    CHECK(got.why.origin == "http://server");
    world.closed();
}

TEST_CASE("a redirect that names no location is fatal")
{
    source_world world;
    world.here.on_request = [](served& r) { r.answer("", 301); };
    CHECK(world.error().why.detail == "status 301");
    world.closed();
}

TEST_CASE("redirects that go in a circle are fatal")
{
    source_world world;
    redirect(world.here, {{"server /events", "/a"}, {"server /a", "/events"}});
    const auto got = world.error();
    CHECK(got.fatal);
    CHECK(got.why.code == errc::redirect_loop);
    world.closed();
}

TEST_CASE("an error names the origin that answered last")
{
    source_world world;
    world.here.on_request = [](served& r) {
        if (r.header(":authority") == "other")
            return r.answer("", 404);
        r.head.add("location", "http://other/");
        r.answer("", 302);
    };
    CHECK(world.error().why.origin == "http://other");
}
