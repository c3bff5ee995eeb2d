#include "harness.hpp"
#include "http2/flood_guard.hpp"
#include "support/catch.hpp"

#include <string>

// What a hostile peer may try, and how it ends: with an error that has a name, on this connection
// or stream only, and with little held or queued.
using namespace aloft;
using namespace aloft::test;

namespace {

/// Feeds `frame` over and over, one read each, the peer taking what is sent meanwhile; how often
/// until the connection failed.
std::size_t repeat(client_trace& t, const std::string& frame, std::size_t most = 100'000)
{
    std::size_t times = 0;
    while (times < most && !feed(t.s, frame)) {
        produced(t.s);
        ++times;
    }
    return times;
}

session_limits few_frames()
{
    session_limits limits;
    limits.control_frames = 500;
    return limits;
}

/// Every open exchange failed with control_flood, and the peer is told to calm down.
void check_flooded(client_trace& t, const call& c, const std::string& farewell)
{
    CHECK(c.e.error == errc::control_flood);
    CHECK(c.e.closed);
    CHECK(t.s.error_detail().starts_with("the peer floods the connection: "));
    CHECK(t.s.finished());
    auto bytes = farewell;
    const auto frames = h2::take_frames(bytes);
    REQUIRE_FALSE(frames.empty());
    CHECK(frames.back().type == h2::GOAWAY);
    CHECK(frames.back().number(4) == h2::enhance_your_calm);
}

} // namespace

TEST_CASE("frames that carry nothing end the connection once there are too many")
{
    const std::string priority = h2::frame(2, 0, 1, std::string(5, '\1'));
    const std::string settings = h2::settings({{h2::initial_window_size, 70000}}) +
                                 h2::settings({{h2::initial_window_size, 1}});
    for (const auto& frame : {h2::ping(), h2::ping_ack(), settings, h2::data(1, ""),
                              h2::padded_data(1, "", 255), h2::window_update(0, 1),
                              h2::window_update(1, 1), h2::rst_stream(3, h2::cancel), priority}) {
        CAPTURE(int(frame[3]), frame.size());
        client_trace t(few_frames());
        auto& c = t.open();
        auto& over = t.open();
        feed(t.s, h2::headers(1, ok) + h2::headers(3, ok, true));
        CHECK(over.e.closed);
        CHECK(repeat(t, frame) <= 500);
        check_flooded(t, c, produced(t.s));
        CHECK_FALSE(over.e.error);
    }
}

TEST_CASE("tokens of one byte are no flood, however many")
{
    client_trace t(few_frames());
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok));
    const auto token = h2::data(1, "x");
    for (int i = 0; i < 20'000; ++i) {
        REQUIRE_FALSE(feed(t.s, token + (i % 2 == 0 ? h2::ping() : h2::window_update(0, 1))));
        c.read(t.s);
        produced(t.s);
    }
    CHECK(c.e.total_received == 20'000);
}

TEST_CASE("what a stream had on its way when it was reset is no flood, and holds nothing")
{
    client_trace t(few_frames());
    auto& gone = t.open();
    feed(t.s, h2::headers(1, ok));
    t.s.abandon(gone.e, h2::cancel);
    CHECK(repeat(t, h2::data(1, std::string(100, 'x')), 5'000) == 5'000);
    // nghttp2 skips DATA of closed streams, and frames of types it does not know, without a word,
    // so that even these cost their reading only.
    CHECK(repeat(t, h2::data(1, ""), 5'000) == 5'000);
    CHECK(repeat(t, h2::frame(0x42, 0xff, 1, "what is this?"), 5'000) == 5'000);
    CHECK(t.pool.bytes_in_use() == 0);
}

TEST_CASE("PING once a second is no flood, for a day")
{
    client_trace t(few_frames());
    auto& c = t.open();
    std::uint64_t now = 1'000'000;
    for (int second = 0; second < 86'400; ++second, now += 1'000) {
        t.s.set_now(now);
        REQUIRE_FALSE(feed(t.s, h2::ping()));
        produced(t.s);
    }
    CHECK_FALSE(c.e.closed);
}

TEST_CASE("a large upload through small windows is no flood, credit in crumbs is")
{
    client_trace t(few_frames());
    fed_source body(std::string(2 << 20, 'b'));
    auto& c = t.open(post_request(), &body);
    int rounds = 0;
    while (!c.e.outgoing_ended && ++rounds < 10'000) {
        REQUIRE_FALSE(feed(t.s, h2::window_update(0, 400) + h2::window_update(1, 400)));
        produced(t.s);
    }
    CHECK(c.e.outgoing_ended);

    client_trace other(few_frames());
    fed_source large(std::string(1 << 20, 'b'));
    auto& crumbs = other.open(post_request(), &large);
    CHECK(repeat(other, h2::window_update(0, 1) + h2::window_update(1, 1)) <= 500);
    CHECK(crumbs.e.error == errc::control_flood);
}

TEST_CASE("acknowledgements the peer does not take are bounded")
{
    for (const auto& frame : {h2::ping(), h2::settings()}) {
        client_trace t;
        auto& c = t.open();
        std::string read;
        for (int i = 0; i < 1'000; ++i)
            read += frame;
        error_code ec;
        for (int i = 0; i < 100 && !ec; ++i)
            ec = feed(t.s, read); // and nothing is produced: the transport takes no more
        CHECK(ec == errc::control_flood);
        CHECK(t.s.error_detail().find("acknowledgements") != std::string::npos);
        const auto left = produced(t.s);
        CHECK(left.size() < 32 * 1024);
        check_flooded(t, c, left);
    }
}

TEST_CASE("a SETTINGS frame of thousands of entries ends the connection")
{
    client_trace t;
    auto& c = t.open();
    std::string payload;
    for (int i = 0; i < 2'000; ++i)
        payload += h2::number(h2::initial_window_size, 2) + h2::number(1000 + i, 4);
    CHECK(feed(t.s, h2::frame(h2::SETTINGS, h2::none, 0, payload)) == errc::protocol_error);
    CHECK(c.e.error == errc::protocol_error);
    CHECK_FALSE(t.s.error_detail().empty());
}

TEST_CASE("CONTINUATION without end ends the connection, in frames of any size")
{
    // Empty, one field, and references to one entry of the dynamic table.
    for (const auto& more : {std::string(), h2::hpack({{"x", "y"}}), std::string(16'384, '\xbe')}) {
        client_trace t;
        auto& c = t.open();
        auto& other = t.open();
        const auto start =
            h2::hpack(ok) + std::string(1, '\x40') + h2::hpack({{"x", "y"}}).substr(1);
        feed(t.s, h2::frame(h2::HEADERS, h2::none, 1, start));
        CHECK(repeat(t, h2::frame(h2::CONTINUATION, h2::none, 1, more)) < 20);
        CHECK((c.e.error == errc::control_flood || c.e.error == errc::header_list_too_large));
        check_flooded(t, other, produced(t.s));
    }
}

TEST_CASE("a few bytes that unfold into megabytes fail their stream, and HPACK goes on right")
{
    client_trace t;
    auto& c = t.open();
    auto& other = t.open();
    // One entry of nearly the whole dynamic table (RFC 7541, 6.2.1), then 12,000 references to it.
    std::string bomb = std::string(1, '\x88') + std::string(1, '\x40') + h2::hpack_string("x") +
                       h2::hpack_string(std::string(4000, 'v')) + std::string(12'000, '\xbe');
    CHECK_FALSE(feed(t.s, h2::frame(h2::HEADERS, h2::end_headers, 1, bomb)));
    CHECK(c.e.error == errc::header_list_too_large);
    CHECK(c.e.head.count() == 0);
    // The entry is there for who refers to it.
    CHECK_FALSE(feed(t.s, h2::frame(h2::HEADERS, h2::end_headers | h2::end_stream, 3,
                                    std::string("\x88\xbe", 2))));
    CHECK(other.e.head.get("x") == std::string(4000, 'v'));
    CHECK_FALSE(other.e.error);
}

TEST_CASE("a dynamic table larger than agreed ends the connection")
{
    client_trace t;
    auto& c = t.open();
    // RFC 7541, 6.3: 2^20 where 4,096 was agreed.
    const std::string update("\x3f\xe1\xff\x3f\x88", 5);
    CHECK(feed(t.s, h2::frame(h2::HEADERS, h2::end_headers, 1, update)) == errc::protocol_error);
    CHECK(c.e.error == errc::protocol_error);
}

TEST_CASE("interim responses without end fail their stream, then are a flood")
{
    client_trace t(few_frames());
    auto& c = t.open();
    auto& other = t.open();
    const auto interim = h2::headers(1, {{":status", "103"}, {"link", "</a>; rel=preload"}});
    CHECK(repeat(t, interim, 20) == 20);
    CHECK(c.e.error == errc::too_many_interim);
    CHECK_FALSE(other.e.closed);
    CHECK(repeat(t, interim) <= 500);
    CHECK(other.e.error == errc::control_flood);
}

TEST_CASE("credit beyond what a window holds fails the stream or the connection it is given to")
{
    client_trace t;
    fed_source body("b", body_source::state::more);
    auto& c = t.open(post_request(), &body);
    auto& other = t.open();
    CHECK_FALSE(feed(t.s, h2::window_update(1, 0x7fffffff)));
    CHECK(c.e.error == errc::protocol_error);
    CHECK(c.e.http2_code == h2::flow_control_error);
    CHECK_FALSE(other.e.closed);
    CHECK(feed(t.s, h2::window_update(0, 0x7fffffff)) == errc::protocol_error);
    CHECK(other.e.error == errc::protocol_error);
    CHECK(t.s.error_detail().find("FLOW_CONTROL_ERROR") != std::string::npos);
}

TEST_CASE("credit of nothing is a protocol error")
{
    for (const std::int32_t stream : {0, 1}) {
        client_trace t;
        auto& c = t.open();
        feed(t.s, h2::window_update(stream, 0));
        CHECK(c.e.error == errc::protocol_error);
        CHECK(c.e.closed);
    }
}

TEST_CASE("a window taken back below what was sent holds the upload until it is given again")
{
    client_trace t;
    fed_source body(std::string(200'000, 'b'));
    auto& c = t.open(post_request(), &body);
    CHECK(body.peek().bytes.size() == 200'000 - 65'535);
    feed(t.s, h2::window_update(0, 1 << 20));
    // 65,535 below zero, and up and down again.
    feed(t.s, h2::settings({{h2::initial_window_size, 0}}));
    CHECK(count_of(produced_frames(t.s), h2::DATA) == 0);
    feed(t.s, h2::window_update(1, 65'535));
    CHECK(count_of(produced_frames(t.s), h2::DATA) == 0);
    for (int i = 0; i < 50; ++i) {
        feed(t.s, h2::settings({{h2::initial_window_size, 100'000}}) +
                      h2::settings({{h2::initial_window_size, 0}}));
        CHECK(count_of(produced_frames(t.s), h2::DATA) == 0);
    }
    feed(t.s, h2::settings({{h2::initial_window_size, 10}}));
    const auto frames = produced_frames(t.s);
    const auto* sent = find(frames, h2::DATA);
    REQUIRE(sent != nullptr);
    CHECK(sent->payload.size() == 10);
    feed(t.s, h2::settings({{h2::initial_window_size, 0x7fffffff}}));
    produced(t.s);
    CHECK(c.e.outgoing_ended);
    CHECK_FALSE(c.e.error);
}

TEST_CASE("an initial window that no stream can hold ends the connection")
{
    client_trace t;
    fed_source body("b", body_source::state::more);
    auto& c = t.open(post_request(), &body);
    feed(t.s, h2::window_update(1, 0x7fffffff - 65'535));
    CHECK_FALSE(c.e.closed);
    feed(t.s, h2::settings({{h2::initial_window_size, 0x7fffffff}}));
    CHECK(c.e.error == errc::protocol_error);

    client_trace other;
    auto& d = other.open();
    CHECK(feed(other.s, h2::settings({{h2::initial_window_size, 0x80000000U}})) ==
          errc::protocol_error);
    CHECK(d.e.error == errc::protocol_error);
}

TEST_CASE("DATA beyond the window that was granted ends the connection or its stream")
{
    session_limits limits;
    limits.stream_window = 50'000;
    client_trace t(limits);
    auto& c = t.open();
    auto& other = t.open();
    feed(t.s, h2::headers(1, ok));
    const auto frame = h2::data(1, std::string(10'000, 'd'));
    for (int i = 0; i < 20; ++i)
        feed(t.s, frame);
    CHECK(c.e.closed);
    CHECK(c.e.error == errc::protocol_error);
    CHECK(c.e.received.size() <= 50'000 + 16'384);
    CHECK(c.e.http2_code == h2::flow_control_error);
    CHECK_FALSE(other.e.closed);
}

TEST_CASE("a push nobody allowed ends the connection")
{
    client_trace t;
    auto& c = t.open();
    const auto push = h2::frame(5, h2::end_headers, 1, h2::number(2, 4) + h2::hpack(ok));
    CHECK(feed(t.s, push) == errc::protocol_error);
    CHECK(c.e.error == errc::protocol_error);
}

TEST_CASE("GOAWAY over and over is a flood")
{
    client_trace t(few_frames());
    auto& c = t.open();
    CHECK(repeat(t, h2::goaway(1, h2::no_error, std::string(10'000, 'd'))) <= 500);
    CHECK(c.e.error == errc::control_flood);
    CHECK(t.s.error_detail().size() <= 256);
}

TEST_CASE("a client that opens and resets streams without end is cut off")
{
    acceptor server;
    http2::server_session s(session_limits(), server);
    produced(s);
    feed(s, std::string(h2::preface) + h2::settings());
    error_code ec;
    std::int32_t stream = 1;
    for (; stream < 100'000 && !ec; stream += 2) {
        ec = feed(
            s, h2::headers(
                   stream,
                   {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}},
                   true) +
                   h2::rst_stream(stream, h2::cancel));
        produced(s);
        server.calls.clear();
    }
    CHECK(ec);
    CHECK(stream < 25'000);
    CHECK(s.finished());
}

TEST_CASE("the flood guard counts crumbs together and never fills beyond its measure")
{
    http2::flood_guard guard(10);
    for (int i = 0; i < 10; ++i)
        CHECK(guard.frame());
    CHECK_FALSE(guard.frame());
    for (int i = 0; i < 63; ++i)
        guard.moved(1);
    CHECK(guard.left() == 0);
    guard.moved(1);
    CHECK(guard.left() == 1);
    guard.waited(9);
    CHECK(guard.left() == 1);
    guard.waited(1'000'000'000'000);
    CHECK(guard.left() == 10);
    guard.asked();
    guard.delivered();
    CHECK(guard.left() == 10);
}
