#include "client/redirect.hpp"
#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <map>

using namespace aloft;
using namespace aloft::test;
using detail::redirection;

namespace {

fields to(std::string_view location)
{
    fields head;
    head.add("location", location);
    return head;
}

/// `what` after one redirect that must be followed.
request followed(request what, unsigned status, std::string_view location,
                 const redirect_rules& rules = {})
{
    std::string detail;
    redirection one(rules);
    CHECK_FALSE(one.follow(what, status, to(location), detail));
    CHECK(detail.empty());
    return what;
}

request full(std::string_view method)
{
    request what(method, "https://a.test/v1/models?x=1");
    what.header("authorization", "Bearer secret")
        .header("cookie", "id=1")
        .header("proxy-authorization", "Basic x")
        .header("x-api-key", "secret")
        .header("content-type", "text/plain")
        .header("content-encoding", "gzip")
        .header("x-own", "kept")
        .body(std::string("body"));
    return what;
}

/// Where each path of the world's servers leads; what is not there answers with what it was asked.
struct served_places {
    std::map<std::string, std::pair<unsigned, std::string>, std::less<>> places;

    void operator()(served& r) const
    {
        const auto at = places.find(r.header(":path"));
        if (at != places.end()) {
            r.head.add("location", at->second.second);
            return r.answer("moved", at->second.first);
        }
        std::string seen(r.header(":method"));
        seen.append(" ").append(r.header(":authority")).append(r.header(":path"));
        for (const auto name : {"authorization", "x-api-key", "x-own", "content-type"}) {
            if (r.carried.head.contains(name))
                seen.append(" ").append(name).append("=").append(r.header(name));
        }
        r.answer(seen + " " + r.body);
    }
};

void fetch(client_world& in, request what, outcome_of<whole_response>& one)
{
    in.http->async_fetch(std::move(what), one.why, one.handler());
    in.settle();
    REQUIRE(one.calls == 1);
}

std::string fetched(client_world& in, request what)
{
    outcome_of<whole_response> one;
    fetch(in, std::move(what), one);
    CHECK_FALSE(one.ec);
    return one.got.body();
}

} // namespace

TEST_CASE("a redirect is one of five statuses with a Location")
{
    for (const unsigned status : {301U, 302U, 303U, 307U, 308U}) {
        CHECK(detail::is_redirect(status, to("/")));
        CHECK_FALSE(detail::is_redirect(status, fields()));
    }
    for (const unsigned status : {200U, 201U, 300U, 304U, 305U, 306U, 401U})
        CHECK_FALSE(detail::is_redirect(status, to("/")));
}

TEST_CASE("303, and 301 and 302 of a POST, become a GET without body and what described it")
{
    for (const auto& [method, status, becomes] :
         {std::tuple("POST", 301U, "GET"), std::tuple("POST", 302U, "GET"),
          std::tuple("POST", 303U, "GET"), std::tuple("PUT", 303U, "GET"),
          std::tuple("POST", 307U, "POST"), std::tuple("POST", 308U, "POST"),
          std::tuple("PUT", 301U, "PUT"), std::tuple("DELETE", 302U, "DELETE"),
          std::tuple("HEAD", 303U, "HEAD"), std::tuple("HEAD", 301U, "HEAD"),
          std::tuple("GET", 303U, "GET")}) {
        CAPTURE(method, status);
        const auto next = followed(full(method), status, "/elsewhere");
        CHECK(next.method() == becomes);
        const bool kept = std::string_view(method) == becomes;
        CHECK(next.body().empty() != kept);
        CHECK(next.headers().contains("content-type") == kept);
        CHECK(next.headers().contains("content-encoding") == kept);
        CHECK(next.headers().get("x-own") == "kept");
        CHECK(next.url().text() == "https://a.test/elsewhere");
    }
}

TEST_CASE("a Location is resolved against the URL that answered, and its fragment dropped")
{
    CHECK(followed(full("GET"), 302, "chat?y=2#part").url().target() == "/v1/chat?y=2");
    CHECK(followed(full("GET"), 302, "?y=2").url().target() == "/v1/models?y=2");
    CHECK(followed(full("GET"), 302, "//b.test/x").url().origin() == origin(true, "b.test", 443));
}

TEST_CASE("credentials do not cross to another origin, and all else does")
{
    for (const std::string_view location :
         {"https://b.test/", "https://a.test:8443/", "https://sub.a.test/"}) {
        const auto next = followed(full("GET"), 307, location);
        for (const auto name : {"authorization", "cookie", "proxy-authorization", "x-api-key"})
            CHECK_FALSE(next.headers().contains(name));
        CHECK(next.headers().get("x-own") == "kept");
        CHECK(next.body().flatten() == "body");
    }
    CHECK(followed(full("GET"), 307, "https://A.TEST:443/x").headers().contains("authorization"));
}

TEST_CASE("what crossed once gets no credentials back")
{
    auto what = full("GET");
    std::string detail;
    redirection one{redirect_rules()};
    CHECK_FALSE(one.follow(what, 302, to("https://b.test/"), detail));
    CHECK_FALSE(one.follow(what, 302, to("https://a.test/back"), detail));
    CHECK_FALSE(what.headers().contains("authorization"));
    CHECK(one.left_origin());
}

TEST_CASE("https does not lead to http unless that is allowed")
{
    auto what = full("GET");
    std::string detail;
    redirection one{redirect_rules()};
    CHECK(one.follow(what, 301, to("http://a.test/?key=secret"), detail) == errc::redirect_refused);
    CHECK(detail == "https://a.test/v1/models leads to http://a.test/, which is not encrypted");
    CHECK(what.url().origin().secure());
    redirect_rules open;
    open.to_clear_text = true;
    CHECK_FALSE(followed(full("GET"), 301, "http://a.test/", open).headers().contains("cookie"));
    CHECK(
        followed(request("GET", "http://a.test/"), 301, "https://a.test/").url().origin().secure());
}

TEST_CASE("a Location that is no URL for this wire is refused")
{
    for (const std::string_view location : {"ftp://a.test/", "https://user:pw@a.test/", "http://",
                                            "https://a.test:99999/", "http://[::1"}) {
        auto what = full("GET");
        std::string detail;
        redirection one{redirect_rules()};
        CHECK(one.follow(what, 302, to(location), detail) == errc::redirect_refused);
        CHECK(detail.find("status 302 with a Location that is no") == 0);
    }
}

TEST_CASE("redirects of GET and HEAD are followed to the end")
{
    client_world here(any_version());
    here.on_request = served_places{{{"/a", {301, "/b"}}, {"/b", {307, "c?q=1"}}}};
    CHECK(fetched(here, here.get("/a").header("authorization", "x")) ==
          "GET server/c?q=1 authorization=x ");
    outcome_of<response> one;
    here.http->async_send(here.get("/a"), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    REQUIRE(one.got.redirected() != nullptr);
    CHECK(one.got.redirected()->target() == "/c?q=1");
    CHECK(one.got.attempts() == 3);
    one.got = response();
    here.settle();
    CHECK(here.dials == 1); // each small body is read, so that the connection can be used again
    CHECK(here.idle());
}

TEST_CASE("redirects of other methods are responses, unless they are to be followed")
{
    client_world here(any_version());
    here.on_request = served_places{{{"/", {307, "/b"}}}};
    CHECK(fetched(here, here.post("text")) == "moved");
    CHECK(fetched(here, here.post("text").follow_redirects(true)) == "POST server/b text");
    CHECK(fetched(here, here.get().follow_redirects(false)) == "moved");
    redirect_rules none;
    none.follow = false;
    client_world other(here.http2, client_options().redirects(none));
    other.on_request = here.on_request;
    CHECK(fetched(other, other.get()) == "moved");
}

TEST_CASE("the client's own credentials do not cross to another origin either")
{
    client_world here(any_version(),
                      client_options().header("authorization", "secret").header("x-own", "1"));
    here.on_request =
        served_places{{{"/a", {302, "http://other/b"}}, {"/b", {302, "http://server/c"}}}};
    CHECK(fetched(here, here.get("/x")) == "GET server/x authorization=secret x-own=1 ");
    CHECK(fetched(here, here.get("/a")) == "GET server/c x-own=1 ");
    CHECK(here.idle());
}

TEST_CASE("a chain of redirects is bounded (redirect_rules::limit)")
{
    redirect_rules rules;
    rules.limit = 3;
    client_world here(any_version(), client_options().redirects(rules));
    here.on_request = served_places{
        {{"/1", {302, "/2"}}, {"/2", {302, "/3"}}, {"/3", {302, "/4"}}, {"/4", {302, "/5"}}}};
    CHECK(fetched(here, here.get("/2")) == "GET server/5 ");
    outcome_of<whole_response> one;
    fetch(here, here.get("/1"), one);
    CHECK(one.ec == errc::too_many_redirects);
    CHECK(one.why.detail == "4 redirects; http://server/4 leads to http://server/5");
    CHECK(here.idle());
}

TEST_CASE("redirects that go in a circle are named")
{
    client_world here(any_version());
    here.on_request = served_places{{{"/a", {302, "/b"}}, {"/b", {302, "/a"}}}};
    outcome_of<whole_response> one;
    fetch(here, here.get("/a"), one);
    CHECK(one.ec == errc::redirect_loop);
    CHECK(one.why.detail == "http://server/b leads to http://server/a again");
    CHECK(here.seen.size() == 2);
    here.on_request = [](served& r) { // a form that shows its own page is no circle
        r.head.add("location", "/");
        r.answer(std::string(r.header(":method")), r.header(":method") == "POST" ? 303 : 200);
    };
    CHECK(fetched(here, here.post("x").follow_redirects(true)) == "GET");
}

TEST_CASE("a body that cannot be sent again is not sent to another place")
{
    class once final : public body_source {
    public:
        run peek() override { return {std::string_view("once").substr(at), state::last}; }
        void advance(std::size_t count) override { at += count; }
        std::size_t at = 0;
    };
    client_world here(any_version());
    here.on_request = served_places{{{"/", {307, "/b"}}, {"/303", {303, "/b"}}}};
    request what("POST", "http://server/");
    what.body(std::make_shared<once>()).follow_redirects(true);
    outcome_of<whole_response> one;
    fetch(here, what, one);
    CHECK(one.ec == errc::redirect_refused);
    CHECK(one.why.detail.find("cannot be sent again") != std::string::npos);
    what.url("http://server/303").body(std::make_shared<once>());
    CHECK(fetched(here, what) == "GET server/b ");
    CHECK(here.idle());
}

TEST_CASE("a redirect that comes before the request was sent whole begins it anew elsewhere")
{
    class counted final : public body_source {
    public:
        run peek() override
        {
            const auto rest = std::string_view("first second").substr(at, open ? 6 - at : 12);
            return {rest, open ? state::more : state::last};
        }
        void advance(std::size_t count) override { at += count; }
        bool rewind() override
        {
            at = 0;
            open = false;
            return true;
        }
        std::size_t at = 0;
        bool open = true;
    };
    client_world here(any_version());
    here.at_head = true;
    here.on_request = [](served& r) {
        if (r.header(":path") != "/")
            return;
        r.head.add("location", "/b");
        r.answer("moved", 307);
    };
    request what("POST", "http://server/");
    what.body(std::make_shared<counted>()).follow_redirects(true);
    outcome_of<whole_response> one;
    here.http->async_fetch(what, one.why, one.handler());
    here.settle();
    REQUIRE(here.seen.size() == 2);
    CHECK(here.last().body == "first second");
    CHECK(here.seen[0]->body.size() <= 6);
    here.last().answer("taken");
    here.settle();
    CHECK(one.got.body() == "taken");
    CHECK(here.idle());
}

TEST_CASE("a redirect with a large or endless body is left at once")
{
    client_world here(any_version());
    here.on_request = [](served& r) {
        if (r.header(":path") == "/b")
            return r.answer("there");
        r.head.add("location", "/b");
        r.begin(302);
        r.write(std::string(1000, 'x'));
    };
    CHECK(fetched(here, here.get("/a")) == "there");
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("cancelled between redirects, nothing is left")
{
    client_world here(any_version());
    here.on_request = [](served& r) {
        r.head.add("location", "/b");
        if (r.header(":path") == "/a")
            r.answer("moved", 302);
    };
    outcome_of<whole_response> one;
    boost::asio::cancellation_signal stop;
    here.http->async_fetch(here.get("/a"),
                           boost::asio::bind_cancellation_slot(stop.slot(), one.handler()));
    here.settle();
    CHECK(here.seen.size() == 2);
    stop.emit(boost::asio::cancellation_type::all);
    here.settle();
    CHECK(one.ec == boost::asio::error::operation_aborted);
    CHECK(here.idle());
}
