#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

using namespace aloft;
using namespace aloft::test;

namespace {

class fed_source final : public body_source {
public:
    void feed(std::string_view bytes)
    {
        pending_ += bytes;
        resume();
    }
    void finish()
    {
        after_ = state::last;
        resume();
    }
    run peek() override { return {pending_, after_}; }
    void advance(std::size_t count) override { pending_.erase(0, count); }
    [[nodiscard]] std::size_t left() const { return pending_.size(); }

private:
    std::string pending_;
    state after_ = state::more;
};

struct upload {
    explicit upload(client_world& in, request with) : here(in), what(std::move(with))
    {
        what.body(source);
        here.at_head = true;
        here.http->async_send(what, one.why, one.handler());
        here.settle();
    }
    /// What the response has brought.
    std::string read()
    {
        auto& body = one.got.body();
        std::string text(body.readable());
        body.consume(text.size());
        return text;
    }

    client_world& here;
    request what;
    std::shared_ptr<fed_source> source = std::make_shared<fed_source>();
    outcome_of<response> one;
};

request put(std::string_view path = "/")
{
    return {"PUT", "http://server" + std::string(path)};
}

request tunnel()
{
    return std::move(request("CONNECT", "http://server/chat").protocol("websocket"));
}

} // namespace

TEST_CASE("a response is read while the request is still being sent")
{
    client_world here(any_version());
    upload up(here, put());
    here.last().begin();
    here.settle();
    REQUIRE(up.one.calls == 1);
    for (const std::string word : {"one", "two", "three"}) {
        up.source->feed(word);
        here.settle();
        CHECK(here.last().body.ends_with(word));
        here.last().write("echo " + word);
        here.settle();
        CHECK(up.read() == "echo " + word);
    }
    up.source->finish();
    here.settle();
    CHECK(here.last().whole());
    here.last().end();
    here.settle();
    CHECK(up.one.got.body().ended());
    CHECK(here.idle());
    CHECK(here.dials == 1);
}

TEST_CASE("an answer before the request was sent whole is delivered, and the upload ends with it")
{
    client_world here(any_version());
    upload up(here, put());
    up.source->feed("first");
    here.settle();
    here.last().answer("too much", 413);
    here.settle();
    REQUIRE(up.one.calls == 1);
    CHECK(up.one.got.status() == 413);
    up.source->feed(std::string(1'000'000, 'x'));
    here.settle();
    CHECK(up.read() == "too much");
    CHECK(up.one.got.body().ended());
    up.one.got = response();
    here.settle();
    CHECK(here.idle());
    here.at_head = false;
    here.on_request = [](served& r) { r.answer("next"); };
    outcome_of<whole_response> next;
    here.http->async_fetch(here.get(), next.handler());
    here.settle();
    CHECK(next.got.body() == "next");
}

TEST_CASE("an HTTP/1.1 upload stops at the head of an error, and the error is read to its end")
{
    client_world here(false);
    upload up(here, put());
    here.last().begin(403, "text/plain");
    here.settle();
    REQUIRE(up.one.calls == 1);
    up.source->feed("more than was wanted");
    here.settle();
    CHECK(here.last().body.empty());
    CHECK(up.source->left() == 20);
    here.last().write("no");
    here.last().end();
    here.settle();
    CHECK(up.read() == "no");
    up.one.got = response();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("an answer is not lost where the server takes no more of the upload and closes")
{
    client_world here(any_version());
    net::pipe_transport* near = nullptr;
    here.on_connect = [&](net::pipe_transport& ours, net::pipe_transport&) { near = &ours; };
    upload up(here, put());
    here.last().answer("too much", 413);
    near->fail_write_at(0, boost::asio::error::broken_pipe);
    up.source->feed("rest");
    here.settle();
    REQUIRE(up.one.calls == 1);
    CHECK_FALSE(up.one.ec);
    CHECK(up.one.got.status() == 413);
    CHECK(up.read() == "too much");
    up.one.got = response();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("CONNECT with a protocol opens a tunnel in a stream, two ways at once (RFC 8441)")
{
    client_world here(true);
    here.extended_connect = true;
    upload up(here, tunnel());
    CHECK(here.last().header(":method") == "CONNECT");
    CHECK(here.last().header(":protocol") == "websocket");
    CHECK(here.last().header(":path") == "/chat");
    CHECK(here.last().header(":scheme") == "http");
    CHECK(here.last().header("accept-encoding").empty());
    here.last().begin(200, "");
    here.settle();
    REQUIRE(up.one.calls == 1);
    up.source->feed("ping");
    here.settle();
    CHECK(here.last().body == "ping");
    here.last().write("pong");
    here.settle();
    CHECK(up.read() == "pong");
    up.source->finish();
    here.last().end();
    here.settle();
    CHECK(up.one.got.body().ended());
    CHECK(here.idle());
}

TEST_CASE("CONNECT with a protocol is not sent to a server that does not take it")
{
    const bool http2 = any_version();
    client_world here(http2);
    upload up(here, tunnel());
    REQUIRE(up.one.calls == 1);
    CHECK(up.one.ec == errc::extended_connect_unsupported);
    CHECK(up.one.why.processing == processing::never_sent);
    CHECK(up.one.why.attempts == 1);
    CHECK(here.seen.empty());
    here.at_head = false;
    here.on_request = [](served& r) { r.answer("next"); };
    outcome_of<whole_response> next;
    here.http->async_fetch(here.get(), next.handler());
    here.settle();
    CHECK(next.got.body() == "next");
    CHECK(here.idle());
}

TEST_CASE("a tunnel and its protocol belong together, and connections are never upgraded")
{
    client_world here(any_version());
    const auto refused = [&](request what) {
        outcome_of<whole_response> one;
        here.http->async_fetch(std::move(what), one.handler());
        here.settle();
        return one.ec == errc::invalid_request && here.dials == 0;
    };
    CHECK(refused(request("CONNECT", "http://server/")));
    CHECK(refused(here.get().protocol("websocket")));
    CHECK(refused(tunnel().body(std::string("bytes"))));
    CHECK(refused(here.get().header("upgrade", "websocket")));
    CHECK(refused(here.get().header("connection", "upgrade")));
}

TEST_CASE("426 Upgrade Required is a response like any other")
{
    client_world here(any_version());
    here.on_request = [](served& r) { r.answer("TLS please", 426); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    CHECK(one.got.status() == 426);
    CHECK(one.got.body() == "TLS please");
}

TEST_CASE("the priority of a request is told (RFC 9218)")
{
    client_world here(any_version());
    std::vector<std::string> told;
    here.on_request = [&](served& r) {
        told.emplace_back(r.header("priority"));
        r.answer("");
    };
    for (auto what : {here.get().priority(0), here.get().priority(5, true),
                      here.get().priority(99).priority(2), here.get()}) {
        outcome_of<whole_response> one;
        here.http->async_fetch(what, one.handler());
        here.settle();
    }
    CHECK(told == std::vector<std::string>{"u=0", "u=5, i", "u=2", ""});
}

TEST_CASE("trailers of a whole response are handed out with it")
{
    client_world here(true);
    here.on_request = [](served& r) { r.answer("no trailers"); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    CHECK(one.got.trailers().empty());
}
