#include "harness.hpp"
#include "support/catch.hpp"

using namespace aloft;
using namespace aloft::test;

namespace {

const h2::field_list get = {
    {":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}};
const h2::field_list post = {
    {":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/p"}, {"x", "y"}};

struct server_trace {
    explicit server_trace(const session_limits& limits = session_limits()) : s(limits, accept)
    {
        feed(s, std::string(h2::preface) + h2::settings() + h2::settings_ack());
        produced(s);
    }
    exchange& at(std::size_t i) { return accept.calls.at(i)->e; }

    acceptor accept;
    http2::server_session s;
};

} // namespace

TEST_CASE("the server says how many streams it takes")
{
    session_limits limits;
    limits.streams = 7;
    acceptor accept;
    http2::server_session s(limits, accept);
    const auto frames = produced_frames(s);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].type == h2::SETTINGS);
    CHECK(
        frames[0].payload.ends_with(h2::number(h2::max_concurrent_streams, 2) + h2::number(7, 4)));
}

TEST_CASE("a request arrives with its pseudo-fields first, its body and its end")
{
    server_trace t;
    CHECK_FALSE(feed(t.s, h2::headers(1, post) + h2::data(1, "body", true)));
    REQUIRE(t.accept.calls.size() == 1);
    auto& e = t.at(0);
    CHECK(news(t.s) == std::vector<exchange*>{&e});
    CHECK(e.head_complete);
    CHECK((*e.head.begin()).name == ":method");
    CHECK(e.head.get(":path") == "/p");
    CHECK(e.head.get("x") == "y");
    CHECK(t.accept.calls[0]->body() == "body");
    CHECK(e.incoming_ended);
    CHECK_FALSE(e.closed);
    CHECK(e.carrier == &t.s);
}

TEST_CASE("a response is head and body, and closes the stream")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    auto& e = t.at(0);
    fed_source body("data: 1\n\n", body_source::state::more);
    e.outgoing_body = &body;
    {
        const auto head = response_head();
        REQUIRE_FALSE(t.s.respond(e, head));
    }
    auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].flags == h2::end_headers);
    CHECK(frames[1].payload == "data: 1\n\n");
    body.feed("data: 2\n\n", body_source::state::last);
    t.s.resume_body(e);
    frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].flags == h2::end_stream);
    CHECK(e.closed);
    CHECK_FALSE(e.error);
    CHECK(t.s.respond(e, response_head()) == errc::stream_reset);
}

TEST_CASE("a response without a body ends with its head")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    REQUIRE_FALSE(t.s.respond(t.at(0), response_head("204")));
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].flags == (h2::end_stream | h2::end_headers));
    CHECK(t.at(0).closed);
    CHECK_FALSE(t.at(0).error);
}

TEST_CASE("a request nobody takes is refused, and the next is read right")
{
    server_trace t;
    t.accept.refuse = true;
    feed(t.s, h2::headers(1, post) + h2::data(1, "ignored", true));
    t.accept.refuse = false;
    feed(t.s, h2::headers(3, post, true));
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::RST_STREAM);
    CHECK(frames[0].stream == 1);
    CHECK(frames[0].number(0) == h2::refused_stream);
    REQUIRE(t.accept.calls.size() == 1);
    CHECK(t.at(0).head.get("x") == "y");
}

TEST_CASE("a client's reset closes the exchange with its code")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    fed_source body("x", body_source::state::more);
    t.at(0).outgoing_body = &body;
    REQUIRE_FALSE(t.s.respond(t.at(0), response_head()));
    produced(t.s);
    news(t.s);
    feed(t.s, h2::rst_stream(1, h2::cancel));
    CHECK(news(t.s) == std::vector<exchange*>{&t.at(0)});
    CHECK(t.at(0).error == errc::stream_reset);
    CHECK(t.at(0).http2_code == h2::cancel);
    CHECK(t.at(0).closed);
}

TEST_CASE("the server resets a stream with the code it is told")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    REQUIRE_FALSE(t.s.respond(t.at(0), response_head("200")));
    t.s.abandon(t.at(0), h2::internal_error);
    const auto frames = produced_frames(t.s);
    const auto* reset = find(frames, h2::RST_STREAM);
    REQUIRE(reset != nullptr);
    CHECK(reset->number(0) == h2::internal_error);
}

TEST_CASE("a server's failing source resets with INTERNAL_ERROR")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    fed_source body("", body_source::state::failed);
    t.at(0).outgoing_body = &body;
    REQUIRE_FALSE(t.s.respond(t.at(0), response_head()));
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 2);
    CHECK(frames[1].number(0) == h2::internal_error);
    CHECK(t.at(0).error == errc::upload_failed);
}

TEST_CASE("what is not the preface is told")
{
    acceptor accept;
    http2::server_session s(session_limits(), accept);
    CHECK(feed(s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == errc::protocol_error);
    CHECK(s.error_detail() == "the client did not send the HTTP/2 preface");
    CHECK(count_of(produced_frames(s), h2::GOAWAY) == 1);
    CHECK(s.finished());
}

TEST_CASE("a drained server warns first, and refuses once the warning was read")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    t.s.drain();
    t.s.drain();
    auto frames = produced_frames(t.s);
    REQUIRE(count_of(frames, h2::GOAWAY) == 1);
    CHECK(find(frames, h2::GOAWAY)->number(0) == 0x7fffffff);
    REQUIRE(count_of(frames, h2::PING) == 1);
    feed(t.s, h2::headers(3, get, true)); // was under way
    REQUIRE(t.accept.calls.size() == 2);
    feed(t.s, h2::ping_ack());
    frames = produced_frames(t.s);
    REQUIRE(count_of(frames, h2::GOAWAY) == 1);
    CHECK(frames[0].number(0) == 3);
    feed(t.s, h2::headers(5, get, true));
    CHECK(t.accept.calls.size() == 2);
    for (std::size_t i : {0U, 1U})
        REQUIRE_FALSE(t.s.respond(t.at(i), response_head("204")));
    produced(t.s);
    CHECK_FALSE(t.at(0).error);
    CHECK_FALSE(t.at(1).error);
    CHECK(t.s.finished());
}

TEST_CASE("GOAWAY goes out as the server is told, and drops what it excludes")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true) + h2::headers(3, get, true));
    news(t.s);
    t.s.go_away(h2::enhance_your_calm, 1);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].number(0) == 1);
    CHECK(frames[0].number(4) == h2::enhance_your_calm);
    CHECK(t.at(1).closed);
    CHECK(t.at(1).error == errc::stream_refused);
    CHECK_FALSE(t.at(0).closed);
    REQUIRE_FALSE(t.s.respond(t.at(0), response_head("204")));
    produced(t.s);
    CHECK_FALSE(t.at(0).error);
    CHECK(t.s.finished());
}

TEST_CASE("a lowered limit refuses streams until the client has acknowledged it")
{
    server_trace t;
    t.s.set_max_streams(1);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].payload == h2::number(h2::max_concurrent_streams, 2) + h2::number(1, 4));
    feed(t.s, h2::headers(1, get, true) + h2::headers(3, get, true));
    CHECK(t.accept.calls.size() == 1);
    const auto answer = produced_frames(t.s);
    REQUIRE(answer.size() == 1);
    CHECK(answer[0].stream == 3);
    CHECK(answer[0].number(0) == h2::refused_stream);
    CHECK_FALSE(feed(t.s, h2::settings_ack()));
    CHECK(feed(t.s, h2::headers(5, get, true)) == errc::protocol_error);
}

TEST_CASE("the server's request limits fail one stream")
{
    session_limits limits;
    limits.header_list = 200;
    server_trace t(limits);
    auto bomb = get;
    bomb.emplace_back("x", std::string(300, 'v'));
    feed(t.s, h2::headers(1, bomb, true) + h2::headers(3, get, true));
    REQUIRE(t.accept.calls.size() == 2);
    CHECK(t.at(0).error == errc::header_list_too_large);
    CHECK_FALSE(t.at(1).closed);
}

TEST_CASE("request trailers are received")
{
    server_trace t;
    feed(t.s, h2::headers(1, post) + h2::data(1, "x") + h2::headers(1, {{"t", "1"}}, true));
    REQUIRE(t.at(0).trailers != nullptr);
    CHECK(t.at(0).trailers->get("t") == "1");
    CHECK(t.at(0).incoming_ended);
}

TEST_CASE("the end of the connection fails a request that was not answered")
{
    server_trace t;
    feed(t.s, h2::headers(1, get, true));
    t.s.receive_eof();
    CHECK(t.at(0).error == errc::connection_closed);
    CHECK(t.s.finished());
}
