#include "harness.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>

using namespace aloft;
using namespace aloft::test;

TEST_CASE("the client greets with the preface, its SETTINGS and the connection's window")
{
    session_limits limits;
    limits.stream_window = 123456;
    limits.header_list = 5000;
    http2::client_session s(limits);
    CHECK(s.wants_write());
    auto bytes = produced(s);
    REQUIRE(bytes.starts_with(h2::preface));
    const auto frames = h2::take_frames(bytes);
    REQUIRE(frames.size() == 2);
    CHECK(h2::settings({{h2::initial_window_size, 123456},
                        {h2::max_header_list_size, 5000},
                        {h2::enable_push, 0},
                        {h2::no_rfc7540_priorities, 1}}) ==
          h2::frame(frames[0].type, frames[0].flags, 0, frames[0].payload));
    CHECK(frames[1].type == h2::WINDOW_UPDATE);
    CHECK(frames[1].stream == 0);
    CHECK(frames[1].number(0) + 65535 == 16 << 20);
    CHECK_FALSE(s.wants_write());
    CHECK_FALSE(s.finished());
}

TEST_CASE("a request without a body ends its stream with HEADERS")
{
    client_trace t;
    auto& c = t.add();
    REQUIRE_FALSE(t.s.submit(c.e));
    CHECK(c.e.sent == progress::unsent);
    CHECK(t.s.active() == 1);
    CHECK(t.s.wants_write());
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::HEADERS);
    CHECK(frames[0].flags == (h2::end_stream | h2::end_headers));
    CHECK(frames[0].stream == 1);
    CHECK(c.e.stream == 1);
    CHECK(c.e.sent == progress::sent);
    CHECK(c.e.outgoing_ended);
}

TEST_CASE("a response is head, data and end, announced once a read")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, {{":status", "200"}, {"content-type", "text/plain"}}) +
                  h2::data(1, "hello ") + h2::data(1, "world", true));
    CHECK(news(t.s) == std::vector<exchange*>{&c.e});
    CHECK(c.e.status == 200);
    CHECK(c.e.head_complete);
    CHECK(c.e.head.get("content-type") == "text/plain");
    CHECK_FALSE(c.e.head.contains(":status"));
    CHECK(c.body() == "hello world");
    CHECK(c.e.total_received == 11);
    CHECK(c.e.incoming_ended);
    CHECK(c.e.closed);
    CHECK_FALSE(c.e.error);
    CHECK(c.e.carrier == nullptr);
    CHECK(t.s.active() == 0);
}

TEST_CASE("exchanges with news stand in order of their first byte")
{
    client_trace t;
    auto& a = t.open();
    auto& b = t.open();
    auto& c = t.open();
    feed(t.s, h2::headers(5, ok) + h2::headers(1, ok) + h2::data(5, "x") + h2::headers(3, ok) +
                  h2::data(1, "y"));
    CHECK(news(t.s) == std::vector<exchange*>{&c.e, &a.e, &b.e});
}

TEST_CASE("a body goes out as it comes, and ends the stream with its last byte")
{
    client_trace t;
    fed_source body("one", body_source::state::more);
    auto& c = t.add(post_request(), &body);
    REQUIRE_FALSE(t.s.submit(c.e));
    auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].flags == h2::end_headers);
    CHECK(frames[1].payload == "one");
    CHECK(frames[1].flags == h2::none);

    CHECK_FALSE(t.s.wants_write());
    body.feed("two", body_source::state::last);
    t.s.resume_body(c.e);
    CHECK(t.s.wants_write());
    frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].payload == "two");
    CHECK(frames[0].flags == h2::end_stream);
    CHECK(c.e.outgoing_ended);
}

TEST_CASE("a body that turns out to have ended is ended by an empty frame")
{
    client_trace t;
    fed_source body("", body_source::state::more);
    auto& c = t.open(post_request(), &body);
    body.feed("", body_source::state::last);
    t.s.resume_body(c.e);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].payload.empty());
    CHECK(frames[0].flags == h2::end_stream);
}

TEST_CASE("trailers follow the body and end the stream")
{
    for (const bool at_once : {true, false}) {
        client_trace t;
        fed_source body("x", at_once ? body_source::state::last : body_source::state::more);
        body.behind.add("digest", "abc");
        auto& c = t.add(post_request(), &body);
        REQUIRE_FALSE(t.s.submit(c.e));
        auto frames = produced_frames(t.s);
        if (!at_once) {
            body.feed("", body_source::state::last);
            t.s.resume_body(c.e);
            for (auto& f : produced_frames(t.s))
                frames.push_back(f);
        }
        REQUIRE(frames.size() == 3);
        CHECK(frames[1].type == h2::DATA);
        CHECK(frames[1].flags == h2::none);
        CHECK(frames[2].type == h2::HEADERS);
        CHECK(frames[2].flags == (h2::end_stream | h2::end_headers));
        CHECK(c.e.outgoing_ended);
    }
}

TEST_CASE("a large body is cut into frames and stops at the peer's windows")
{
    client_trace t;
    fed_source body(std::string(100000, 'b'));
    auto& c = t.open(post_request(), &body);
    CHECK(body.peek().bytes.size() == 100000 - 65535);
    CHECK_FALSE(t.s.wants_write());
    feed(t.s, h2::window_update(0, 1 << 20));
    CHECK(produced(t.s).empty());
    feed(t.s, h2::window_update(1, 1 << 20));
    std::string rest;
    for (const auto& f : produced_frames(t.s)) {
        CHECK(f.payload.size() <= 16384);
        rest += f.payload;
    }
    CHECK(rest.size() == 100000 - 65535);
    CHECK(c.e.outgoing_ended);
}

TEST_CASE("a large body of one request holds up no other request's body")
{
    client_trace t;
    feed(t.s, h2::window_update(0, 1 << 20));
    fed_source large(std::string(65'000, 'l'));
    std::deque<fed_source> small;
    for (int i = 0; i < 5; ++i)
        small.emplace_back(std::string(100, 's'));
    const auto submit = [&](fed_source& body) {
        auto& c = t.add(post_request(), &body);
        REQUIRE_FALSE(t.s.submit(c.e));
    };
    std::vector<h2::parsed_frame> frames;
    submit(large);
    SECTION("where they are submitted behind it")
    {
        for (auto& body : small)
            submit(body);
    }
    SECTION("where a part of it has left already")
    {
        auto begun = produced(t.s, 16'384);
        REQUIRE(t.s.wants_write());
        frames = h2::take_frames(begun);
        for (auto& body : small)
            submit(body);
    }
    for (auto& f : produced_frames(t.s))
        frames.push_back(f);
    std::size_t sent = 0; // of the large one, when the last of the others was through
    std::size_t all = 0;
    std::size_t through = 0;
    for (const auto& f : frames) {
        if (f.type != h2::DATA)
            continue;
        if (f.stream == 1) {
            all += f.payload.size();
        } else if ((f.flags & h2::end_stream) != 0) {
            ++through;
            sent = all;
        }
    }
    CHECK(through == small.size());
    CHECK(all == 65'000);
    CHECK(sent <= 49'152); // a turn of 32 KiB, and the frame under way
}

TEST_CASE("output stops at its target and goes on in the right order")
{
    client_trace t;
    fed_source body(std::string(40000, 'b'));
    auto& c = t.add(post_request(), &body);
    REQUIRE_FALSE(t.s.submit(c.e));
    std::string bytes;
    int rounds = 0;
    while (t.s.wants_write()) {
        const auto part = produced(t.s, 1);
        CHECK(part.size() <= 16384 + 9);
        bytes += part;
        ++rounds;
    }
    CHECK(rounds == 4);
    const auto frames = h2::take_frames(bytes);
    CHECK(bytes.empty());
    REQUIRE(frames.size() == 4);
    CHECK(frames[0].type == h2::HEADERS);
    CHECK(frames[3].flags == h2::end_stream);
}

TEST_CASE("a source that fails resets its stream")
{
    client_trace t;
    fed_source body("x", body_source::state::more);
    auto& c = t.open(post_request(), &body);
    body.feed("", body_source::state::failed);
    t.s.resume_body(c.e);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::RST_STREAM);
    CHECK(frames[0].number(0) == h2::cancel);
    CHECK(c.e.error == errc::upload_failed);
    CHECK(c.e.closed);
    CHECK(news(t.s).size() == 1);
}

TEST_CASE("our cap holds before SETTINGS, and where the peer sets no limit")
{
    session_limits limits;
    limits.streams = 50;
    limits.streams_before_settings = 20;
    client_trace t(limits, false);
    CHECK(t.s.capacity() == 20);
    feed(t.s, h2::settings());
    CHECK(t.s.capacity() == 50);
    CHECK((t.s.take_news() & session::limits_changed) != 0);
    feed(t.s, h2::settings({{h2::max_concurrent_streams, 8}}));
    CHECK(t.s.capacity() == 8);
}

TEST_CASE("a peer that lowers its limit lets open streams finish; what has no room is given back")
{
    for (const std::uint32_t limit : {0U, 1U, 2U}) {
        client_trace t;
        auto& first = t.open();
        auto& second = t.add();
        auto& third = t.add();
        REQUIRE_FALSE(t.s.submit(second.e));
        REQUIRE_FALSE(t.s.submit(third.e));
        feed(t.s, h2::settings({{h2::max_concurrent_streams, limit}}));
        CHECK(t.s.capacity() == limit);
        // Unsent, for another connection to take: here they would wait for ever.
        CHECK(second.e.closed == (limit < 2));
        CHECK(third.e.closed);
        CHECK(third.e.error == errc::stream_refused);
        CHECK(third.e.sent == progress::unsent);
        CHECK(count_of(produced_frames(t.s), h2::HEADERS) == (limit < 2 ? 0U : 1U));
        CHECK_FALSE(t.s.wants_write());

        feed(t.s, h2::headers(1, ok, true));
        CHECK(first.e.closed);
        CHECK_FALSE(first.e.error);
        if (limit < 2)
            continue;
        feed(t.s, h2::headers(3, ok, true));
        CHECK(second.e.closed);
        CHECK_FALSE(second.e.error);
    }
}

TEST_CASE("abandoning what was not produced sends nothing")
{
    client_trace t;
    auto gone = std::make_unique<call>(t.pool);
    REQUIRE_FALSE(t.s.submit(gone->e));
    t.s.abandon(gone->e, h2::cancel);
    gone.reset();
    CHECK(t.s.active() == 0);
    CHECK(produced(t.s).empty());
    auto& next = t.open();
    CHECK(next.e.stream == 1);
}

TEST_CASE("abandoning a request that waits behind a full output sends nothing of it")
{
    client_trace t(session_limits(), false);
    auto gone = std::make_unique<call>(t.pool, post_request());
    fed_source body("body");
    gone->e.outgoing_body = &body;
    REQUIRE_FALSE(t.s.submit(gone->e));
    auto bytes = produced(t.s, 1); // the preface fills it
    t.s.abandon(gone->e, h2::cancel);
    gone.reset();
    CHECK(t.s.active() == 0);
    auto& next = t.add();
    REQUIRE_FALSE(t.s.submit(next.e));
    bytes += produced(t.s);
    const auto frames = h2::take_frames(bytes);
    CHECK(count_of(frames, h2::HEADERS) == 1);
    CHECK(count_of(frames, h2::RST_STREAM) == 0);
    CHECK(next.e.sent == progress::sent);
    feed(t.s, h2::settings() + h2::headers(next.e.stream, ok, true));
    CHECK(next.e.status == 200);
}

TEST_CASE("abandoning an open stream resets it, and asks a silent peer for life")
{
    client_trace t;
    auto gone = std::make_unique<call>(t.pool);
    REQUIRE_FALSE(t.s.submit(gone->e));
    produced(t.s);
    t.s.abandon(gone->e, h2::cancel);
    gone.reset();
    auto& other = t.open(); // its production also wrote what the abandonment queued
    t.s.abandon(other.e, h2::cancel);
    CHECK(t.s.active() == 2);
    const auto frames = produced_frames(t.s);
    CHECK(count_of(frames, h2::RST_STREAM) == 1);
    CHECK(count_of(frames, h2::PING) == 0); // one is outstanding
    CHECK(t.s.active() == 2);

    feed(t.s, h2::ping_ack());
    CHECK(t.s.active() == 0);
    CHECK((t.s.take_news() & session::alive) != 0);
    CHECK(news(t.s).empty());
}

TEST_CASE("a reset stream keeps its slot until bytes arrive after RST_STREAM went out")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok));
    t.s.abandon(c.e, h2::cancel);
    CHECK(t.s.active() == 1);
    feed(t.s, h2::data(1, "late")); // the peer cannot have seen the reset yet
    CHECK(t.s.active() == 1);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::RST_STREAM);
    CHECK(t.s.active() == 1);
    feed(t.s, h2::data(1, "later"));
    CHECK(t.s.active() == 0);
}

TEST_CASE("an exchange may be abandoned in any state, and destroyed at once")
{
    // 0: head seen; 1: body under way, in and out; 2: peer ended, we did not; 3: within a frame;
    // 4: within a header list; 5: with news pending.
    for (int state = 0; state < 6; ++state) {
        client_trace t;
        fed_source body("part", body_source::state::more);
        auto gone = std::make_unique<call>(t.pool, post_request(), &body);
        REQUIRE_FALSE(t.s.submit(gone->e));
        produced(t.s);
        const auto frame = h2::data(1, "0123456789");
        const auto list = h2::headers(1, {{":status", "200"}, {"a", "b"}, {"c", "d"}});
        if (state != 4)
            feed(t.s, list);
        if (state == 1)
            feed(t.s, frame);
        if (state == 2)
            feed(t.s, h2::data(1, "", true));
        if (state == 3)
            feed(t.s, frame.substr(0, 14));
        if (state == 4)
            feed(t.s, list.substr(0, 30));
        if (state != 5)
            news(t.s);
        t.s.abandon(gone->e, h2::cancel);
        gone.reset();
        CHECK(t.s.ready().empty());
        if (state == 3)
            CHECK_FALSE(feed(t.s, frame.substr(14)));
        if (state == 4)
            CHECK_FALSE(feed(t.s, list.substr(30)));
        const auto frames = produced_frames(t.s);
        CHECK(count_of(frames, h2::RST_STREAM) == 1);
        CHECK(count_of(frames, h2::DATA) == 0);
        CHECK_FALSE(feed(t.s, h2::ping()));
        CHECK(t.s.active() == 0);
        auto& next = t.open();
        CHECK_FALSE(feed(t.s, h2::headers(3, ok, true)));
        CHECK(next.e.status == 200);
    }
}

TEST_CASE("REFUSED_STREAM says that the request was not processed")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::rst_stream(1, h2::refused_stream));
    CHECK(news(t.s) == std::vector<exchange*>{&c.e});
    CHECK(c.e.error == errc::stream_refused);
    CHECK(c.e.sent == progress::refused);
    CHECK(c.e.http2_code == h2::refused_stream);
    CHECK(t.s.active() == 0);
}

TEST_CASE("REFUSED_STREAM behind a response head is a reset like any other")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok) + h2::rst_stream(1, h2::refused_stream));
    CHECK(c.e.error == errc::stream_reset);
    CHECK(c.e.sent == progress::sent);
}

TEST_CASE("a reset names its code")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok) + h2::data(1, "part") + h2::rst_stream(1, h2::internal_error));
    CHECK(c.e.error == errc::stream_reset);
    CHECK(c.e.http2_code == h2::internal_error);
    CHECK(c.e.sent == progress::sent);
    CHECK_FALSE(c.e.incoming_ended);
    CHECK(c.body() == "part");
}

TEST_CASE("NO_ERROR behind a complete response is success, before it is not")
{
    client_trace t;
    fed_source body("part", body_source::state::more);
    auto& early = t.open(post_request(), &body);
    feed(t.s, h2::headers(1, ok, true));
    CHECK(early.e.incoming_ended);
    CHECK_FALSE(early.e.closed);
    feed(t.s, h2::rst_stream(1, h2::no_error));
    CHECK(early.e.closed);
    CHECK_FALSE(early.e.error);

    auto& cut = t.open();
    feed(t.s, h2::headers(3, ok) + h2::rst_stream(3, h2::no_error));
    CHECK(cut.e.error == errc::stream_reset);
}

TEST_CASE("NO_ERROR in place of END_STREAM is success where content-length says that all is there")
{
    client_trace t;
    auto& all = t.open();
    const h2::field_list two{{":status", "200"}, {"content-length", "2"}};
    feed(t.s, h2::headers(1, two) + h2::data(1, "ok") + h2::rst_stream(1, h2::no_error));
    CHECK(all.e.closed);
    CHECK_FALSE(all.e.error);
    CHECK(all.e.incoming_ended);
    CHECK(all.body() == "ok");

    auto& cut = t.open();
    feed(t.s, h2::headers(3, two) + h2::data(3, "o") + h2::rst_stream(3, h2::no_error));
    CHECK(cut.e.error == errc::stream_reset);

    auto& wrong = t.open();
    feed(t.s, h2::headers(5, two) + h2::data(5, "ok") + h2::rst_stream(5, h2::internal_error));
    CHECK(wrong.e.error == errc::stream_reset);
}

TEST_CASE("GOAWAY refuses streams above its last and lets the others finish")
{
    client_trace t;
    auto& kept = t.open();
    auto& refused = t.open();
    auto& waiting = t.add();
    REQUIRE_FALSE(t.s.submit(waiting.e));
    CHECK_FALSE(feed(t.s, h2::goaway(1, h2::enhance_your_calm, "too much")));
    CHECK((t.s.take_news() & session::draining) != 0);
    CHECK(t.s.capacity() == 0);
    CHECK(t.s.error_detail() == "too much");

    CHECK(refused.e.error == errc::stream_refused);
    CHECK(refused.e.sent == progress::refused);
    CHECK(refused.e.http2_code == h2::enhance_your_calm);
    CHECK(waiting.e.error == errc::stream_refused);
    CHECK(waiting.e.sent == progress::unsent);
    CHECK_FALSE(kept.e.closed);

    auto& late = t.add();
    CHECK(t.s.submit(late.e) == errc::stream_refused);
    CHECK(late.e.carrier == nullptr);

    CHECK_FALSE(t.s.finished());
    feed(t.s, h2::headers(1, ok, true));
    CHECK_FALSE(kept.e.error);
    CHECK(kept.e.closed);
    produced(t.s);
    CHECK(t.s.finished());
}

TEST_CASE("GOAWAY in two steps lets through what the first allowed")
{
    client_trace t;
    auto& a = t.open();
    auto& b = t.open();
    feed(t.s, h2::goaway(0x7fffffff, h2::no_error));
    CHECK(t.s.capacity() == 0);
    CHECK_FALSE(a.e.closed);
    feed(t.s, h2::headers(1, ok) + h2::goaway(1, h2::no_error));
    CHECK(b.e.sent == progress::refused);
    feed(t.s, h2::data(1, "x", true));
    CHECK_FALSE(a.e.error);
}

TEST_CASE("GOAWAY catches a request that lies in nghttp2 unsent")
{
    client_trace t;
    feed(t.s, h2::ping());
    feed(t.s, h2::settings());
    auto& c = t.add();
    REQUIRE_FALSE(t.s.submit(c.e));
    produced(t.s, 1);
    feed(t.s, h2::goaway(0, h2::no_error));
    const auto frames = produced_frames(t.s);
    CHECK(count_of(frames, h2::HEADERS) == 0);
    CHECK(c.e.closed);
    CHECK(c.e.error == errc::stream_refused);
    CHECK(c.e.sent == progress::unsent);
}

TEST_CASE("GOAWAY debug data is kept bounded")
{
    client_trace t;
    feed(t.s, h2::goaway(0, h2::internal_error, std::string(10000, 'd')));
    CHECK(t.s.error_detail() == std::string(256, 'd'));
}

TEST_CASE("streams a GOAWAY left open fail with its code when the connection ends")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::goaway(1, h2::internal_error));
    t.s.receive_eof();
    CHECK(c.e.error == errc::connection_closed);
    CHECK(c.e.http2_code == h2::internal_error);
}

TEST_CASE("the end of the connection fails what is open, but no complete response")
{
    client_trace t;
    fed_source body("part", body_source::state::more);
    auto& complete = t.open(post_request(), &body);
    auto& open = t.open();
    auto& waiting = t.add();
    REQUIRE_FALSE(t.s.submit(waiting.e));
    feed(t.s, h2::headers(1, ok, true));
    t.s.receive_eof();
    CHECK_FALSE(complete.e.error);
    CHECK(complete.e.closed);
    CHECK(open.e.error == errc::connection_closed);
    CHECK(open.e.sent == progress::sent);
    CHECK(waiting.e.error == errc::connection_closed);
    CHECK(waiting.e.sent == progress::unsent);
    CHECK(news(t.s).size() == 3);
    CHECK(t.s.finished());
    CHECK(t.s.submit(waiting.e) == errc::connection_closed);
    CHECK(feed(t.s, h2::ping()) == errc::connection_closed);
    CHECK(produced(t.s).empty());
}

TEST_CASE("a failed transport fails every exchange with its error")
{
    client_trace t;
    auto& c = t.open();
    const auto why = make_error_code(boost::system::errc::connection_reset);
    t.s.transport_failed(why);
    CHECK(c.e.error == why);
    CHECK(c.e.carrier == nullptr);
    CHECK(t.s.active() == 0);
}

TEST_CASE("a session that goes away lets go of its exchanges")
{
    buffer_pool pool;
    call open(pool);
    call waiting(pool);
    {
        http2::client_session s{session_limits()};
        REQUIRE_FALSE(s.submit(open.e));
        produced(s);
        feed(s, h2::settings() + h2::headers(1, ok) + h2::data(1, "left"));
        REQUIRE_FALSE(s.submit(waiting.e));
    }
    CHECK(open.e.carrier == nullptr);
    CHECK(waiting.e.carrier == nullptr);
    CHECK_FALSE(open.e.is_linked());
    CHECK(open.body() == "left");
}

TEST_CASE("a broken frame ends the connection with GOAWAY and says what was wrong")
{
    client_trace t;
    auto& c = t.open();
    CHECK(feed(t.s, h2::data(7, "to a stream never opened")) == errc::protocol_error);
    CHECK(c.e.error == errc::protocol_error);
    CHECK(c.e.closed);
    CHECK(t.s.error_detail() == "PROTOCOL_ERROR: DATA: stream in idle");
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::GOAWAY);
    CHECK(frames[0].number(4) == h2::protocol_error);
    CHECK(t.s.finished());
    CHECK(feed(t.s, h2::ping()) == errc::protocol_error);
}

TEST_CASE("every kind of connection error is told by the read that brought it")
{
    const std::vector<std::string> broken = {
        h2::frame(h2::DATA, h2::none, 0, "x"),
        h2::frame(h2::PING, h2::none, 0, "short"),
        h2::frame(h2::SETTINGS, h2::none, 0, "12345"),
        h2::frame(h2::HEADERS, h2::end_headers, 1, "\xff\xff\xff\xff\xff\xff\xff"),
        h2::frame(h2::WINDOW_UPDATE, h2::none, 0, h2::number(0, 4)),
        h2::frame(h2::HEADERS, h2::none, 1, h2::hpack(ok)) + h2::ping(),
        h2::settings({{h2::enable_push, 1}}),
        h2::number(0xffffff, 3) + std::string(6, '\0'),
        h2::window_update(0, 0x7fffffff),
        h2::padded_data(1, "", 0).replace(9, 1, "\x7f"),
    };
    for (const auto& bytes : broken) {
        client_trace t;
        auto& c = t.open();
        CHECK(feed(t.s, bytes) == errc::protocol_error);
        CHECK(c.e.error == errc::protocol_error);
        CHECK_FALSE(t.s.error_detail().empty());
        CHECK(count_of(produced_frames(t.s), h2::GOAWAY) == 1);
        CHECK(t.s.finished());
    }
}

TEST_CASE("an HTTP/1.1 server is named as such")
{
    const std::string answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    for (const std::size_t cut : {answer.size(), std::size_t{1}}) {
        client_trace t(session_limits(), false);
        produced(t.s);
        error_code ec;
        for (std::size_t at = 0; at < answer.size() && !ec; at += cut)
            ec = feed(t.s, answer.substr(at, cut));
        CHECK(ec == errc::protocol_error);
        CHECK(t.s.error_detail() == "the server answered HTTP/1.1 to the HTTP/2 preface");
    }
}

TEST_CASE("a body longer or shorter than announced fails its stream only")
{
    client_trace t;
    auto& shorter = t.open();
    auto& longer = t.open();
    auto& fine = t.open();
    const h2::field_list ten = {{":status", "200"}, {"content-length", "10"}};
    CHECK_FALSE(feed(t.s, h2::headers(1, ten) + h2::data(1, "short", true) + h2::headers(3, ten) +
                              h2::data(3, "longer than that", true) + h2::headers(5, ten) +
                              h2::data(5, "just right", true)));
    CHECK(shorter.e.error == errc::truncated_body);
    CHECK_FALSE(shorter.e.incoming_ended);
    CHECK(longer.e.error == errc::protocol_error);
    CHECK_FALSE(fine.e.error);
    CHECK(count_of(produced_frames(t.s), h2::RST_STREAM) == 2);
}

TEST_CASE("a malformed response head fails its stream only")
{
    client_trace t;
    auto& c = t.open();
    auto& other = t.open();
    CHECK_FALSE(feed(t.s, h2::headers(1, {{"no-status", "1"}}) + h2::headers(3, ok, true)));
    CHECK(c.e.error == errc::protocol_error);
    CHECK(c.e.http2_code == h2::protocol_error);
    CHECK_FALSE(other.e.error);
}

TEST_CASE("a header list beyond the limit fails its stream, and the next list is read right")
{
    session_limits limits;
    limits.header_list = 1000;
    client_trace t(limits);
    auto& c = t.open();
    auto& other = t.open();
    h2::field_list bomb = ok;
    for (int i = 0; i < 1000; ++i)
        bomb.emplace_back("x-" + std::to_string(i), "y");
    CHECK_FALSE(feed(t.s, h2::headers(1, bomb, true) + h2::headers(3, ok, true)));
    CHECK(c.e.error == errc::header_list_too_large);
    CHECK_FALSE(c.e.head_complete);
    CHECK(other.e.status == 200);
    CHECK_FALSE(other.e.error);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::RST_STREAM);
}

TEST_CASE("the header list limit counts trailers too, and is exact")
{
    session_limits limits;
    limits.header_list = 42 + 100; // ":status" "200" and one more
    client_trace t(limits);
    const auto list = [](std::size_t size) {
        return h2::field_list{{":status", "200"}, {"x", std::string(size - 33, 'v')}};
    };
    auto& exact = t.open();
    feed(t.s, h2::headers(1, list(100), true));
    CHECK_FALSE(exact.e.error);
    auto& beyond = t.open();
    feed(t.s, h2::headers(3, list(101), true));
    CHECK(beyond.e.error == errc::header_list_too_large);
    auto& trailers = t.open();
    feed(t.s, h2::headers(5, ok) + h2::data(5, "x") +
                  h2::headers(5, {{"x", std::string(200, 'v')}}, true));
    CHECK(trailers.e.error == errc::header_list_too_large);
    CHECK(trailers.e.head_complete);
}

TEST_CASE("a header list within the limit may come in many CONTINUATION frames")
{
    session_limits limits;
    limits.header_list = 300 * 1024;
    client_trace t(limits);
    auto& c = t.open();
    h2::field_list list = ok;
    for (int i = 0; i < 25; ++i)
        list.emplace_back("x", std::string(10000, 'v'));
    CHECK_FALSE(feed(t.s, h2::headers(1, list, true)));
    CHECK(c.e.head.count() == 25);
    CHECK_FALSE(c.e.error);
}

TEST_CASE("received trailers are kept apart from the head")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok) + h2::data(1, "x") + h2::headers(1, {{"grpc-status", "0"}}, true));
    REQUIRE(c.e.trailers != nullptr);
    CHECK(c.e.trailers->get("grpc-status") == "0");
    CHECK(c.e.head.empty());
    CHECK(c.e.incoming_ended);
    CHECK_FALSE(c.e.error);
}

TEST_CASE("interim responses are skipped, up to a limit")
{
    session_limits limits;
    limits.interim_responses = 2;
    client_trace t(limits);
    auto& c = t.open();
    const auto interim = h2::headers(1, {{":status", "103"}, {"link", "x"}});
    feed(t.s, interim + interim);
    CHECK_FALSE(c.e.head_complete);
    feed(t.s, h2::headers(1, ok, true));
    CHECK(c.e.status == 200);
    CHECK(c.e.head.empty());

    auto& many = t.open();
    const auto more = h2::headers(3, {{":status", "100"}});
    feed(t.s, more + more + more);
    CHECK(many.e.error == errc::too_many_interim);
    CHECK(count_of(produced_frames(t.s), h2::RST_STREAM) == 1);
}

TEST_CASE("interim responses are kept in their order where somebody looks at them")
{
    client_trace t;
    auto& c = t.add();
    c.e.keep_interim = true;
    t.s.submit(c.e);
    produced(t.s);
    feed(t.s, h2::headers(1, {{":status", "103"}, {"link", "</a.css>"}}) +
                  h2::headers(1, {{":status", "100"}}));
    CHECK(news(t.s).size() == 1);
    REQUIRE(c.e.interim_heads != nullptr);
    REQUIRE(c.e.interim_heads->size() == 2);
    CHECK(c.e.interim_heads->at(0).status == 103);
    CHECK(c.e.interim_heads->at(0).head.get("link") == "</a.css>");
    CHECK(c.e.interim_heads->at(1).status == 100);
    CHECK_FALSE(c.e.head_complete);
    feed(t.s, h2::headers(1, ok, true));
    CHECK(c.e.status == 200);
    CHECK(c.e.head.empty());
}

TEST_CASE("101 has no place in HTTP/2 and fails its stream only")
{
    client_trace t;
    auto& c = t.open();
    feed(t.s, h2::headers(1, {{":status", "101"}}));
    produced(t.s);
    CHECK(c.e.closed);
    CHECK(c.e.error == errc::protocol_error);
    CHECK_FALSE(t.s.finished());
}

TEST_CASE("extended CONNECT waits for the server's SETTINGS, and so does what came after it")
{
    client_trace t(session_limits(), false);
    auto tunnel = get_request("/chat");
    tunnel.set(":method", "CONNECT");
    fields head;
    for (const auto [name, value] : tunnel) {
        if (name != ":method")
            head.add(name, value);
    }
    head.add(":method", "CONNECT");
    head.add(":protocol", "websocket");
    fed_source body({}, body_source::state::more);
    auto& c = t.add(head, &body);
    c.e.extended_connect = true;
    CHECK_FALSE(t.s.submit(c.e));
    auto& plain = t.add();
    CHECK_FALSE(t.s.submit(plain.e));
    CHECK(count_of(produced_frames(t.s), h2::HEADERS) == 0);
    const bool taken = GENERATE(true, false);
    feed(t.s, taken ? h2::settings({{h2::enable_connect_protocol, 1}}) : h2::settings());
    CHECK(count_of(produced_frames(t.s), h2::HEADERS) == (taken ? 2 : 1));
    CHECK(c.e.closed != taken);
    CHECK(plain.e.sent == progress::sent);
    if (!taken) {
        CHECK(c.e.error == errc::extended_connect_unsupported);
        CHECK(c.e.sent == progress::unsent);
    }
}

TEST_CASE("a request larger than nghttp2 sends ends unsent, and holds up no other")
{
    client_trace t;
    auto request = get_request();
    request.add("x", std::string(70000, 'v'));
    auto& c = t.add(std::move(request));
    CHECK_FALSE(t.s.submit(c.e));
    CHECK(count_of(produced_frames(t.s), h2::HEADERS) == 0);
    CHECK(c.e.closed);
    CHECK(c.e.error == errc::invalid_request);
    CHECK(c.e.sent == progress::unsent);
    CHECK(c.e.carrier == nullptr);
    CHECK(t.s.active() == 0);

    auto large = get_request();
    large.add("x", std::string(60000, 'v'));
    t.open(std::move(large));
}

TEST_CASE("stream credit returns by halves of the window, connection credit with the read")
{
    session_limits limits;
    limits.stream_window = 100000;
    limits.largest_stream_window = limits.stream_window; // nothing to measure
    client_trace t(limits);
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok));
    for (int i = 0; i < 5; ++i)
        feed(t.s, h2::data(1, std::string(10000, 'd')));
    CHECK(produced(t.s).empty());
    c.read(t.s);
    const auto frames = produced_frames(t.s);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].type == h2::WINDOW_UPDATE);
    CHECK(frames[0].stream == 1);
    CHECK(frames[0].number(0) == 50000);
    for (int i = 0; i < 40; ++i) {
        feed(t.s, h2::data(1, std::string(1000, 'd')));
        c.read(t.s);
    }
    CHECK(produced(t.s).empty());
}

TEST_CASE("an unread stream does not stop the connection")
{
    session_limits limits;
    limits.stream_window = 20 << 20;
    limits.connection_memory = 100 << 20;
    client_trace t(limits);
    t.open();
    feed(t.s, h2::headers(1, ok));
    const std::string frame = h2::data(1, std::string(16384, 'd'));
    std::uint64_t granted = 16 << 20;
    for (int i = 0; i < 1200; ++i) {
        granted -= 16384;
        REQUIRE_FALSE(feed(t.s, frame));
        for (const auto& f : produced_frames(t.s)) {
            CHECK(f.stream == 0);
            granted += f.number(0);
        }
        REQUIRE(granted >= 8 << 20);
    }
}

TEST_CASE("beyond the connection's memory the stream holding most is reset")
{
    session_limits limits;
    limits.connection_memory = 100000;
    limits.stream_window = 80000;
    client_trace t(limits);
    auto& most = t.open();
    auto& less = t.open();
    feed(t.s, h2::headers(1, ok) + h2::headers(3, ok));
    for (int i = 0; i < 7; ++i)
        feed(t.s, h2::data(1, std::string(8000, 'd')));
    for (int i = 0; i < 5; ++i)
        feed(t.s, h2::data(3, std::string(8000, 'd')));
    CHECK_FALSE(most.e.closed);
    less.read(t.s); // what was taken no longer counts
    for (int i = 0; i < 5; ++i)
        feed(t.s, h2::data(3, std::string(8000, 'd')));
    CHECK_FALSE(most.e.closed);
    feed(t.s, h2::data(3, std::string(8000, 'd')));
    CHECK(most.e.error == errc::unread_too_large);
    CHECK(most.e.received.empty());
    CHECK_FALSE(less.e.closed);
    const auto frames = produced_frames(t.s);
    CHECK(count_of(frames, h2::RST_STREAM) == 1);
    CHECK(find(frames, h2::RST_STREAM)->stream == 1);
}

TEST_CASE("windows shrink as streams are added, and what was kept back is returned")
{
    session_limits limits;
    limits.stream_window = 64 * 1024;
    limits.connection_memory = 128 * 1024;
    client_trace t(limits);
    auto& c = t.open();
    feed(t.s, h2::headers(1, ok) + h2::data(1, std::string(16384, 'd')) +
                  h2::data(1, std::string(14000, 'd')));
    c.read(t.s); // 30,384 bytes owed, less than half
    CHECK(produced(t.s).empty());

    for (int i = 0; i < 4; ++i)
        REQUIRE_FALSE(t.s.submit(t.add().e));
    auto frames = produced_frames(t.s);
    REQUIRE_FALSE(frames.empty());
    CHECK(frames[0].type == h2::SETTINGS); // ahead of the requests
    CHECK(frames[0].payload == h2::number(h2::initial_window_size, 2) + h2::number(16384, 4));
    feed(t.s, h2::settings_ack());
    frames = produced_frames(t.s);
    const auto* update = find(frames, h2::WINDOW_UPDATE);
    REQUIRE(update != nullptr);
    CHECK(update->stream == 1);
    CHECK(update->number(0) == 30384);
}

TEST_CASE("a PING is answered, and one of ours is out at most")
{
    client_trace t;
    feed(t.s, h2::ping("12345678"));
    CHECK(produced(t.s) == h2::ping_ack("12345678"));
    t.s.ping();
    t.s.ping();
    CHECK(count_of(produced_frames(t.s), h2::PING) == 1);
    CHECK((t.s.take_news() & session::alive) == 0);
    feed(t.s, h2::ping_ack());
    CHECK((t.s.take_news() & session::alive) != 0);
    t.s.ping();
    CHECK(count_of(produced_frames(t.s), h2::PING) == 1);
}

TEST_CASE("a drained client lets its streams finish and takes no more")
{
    client_trace t;
    auto& c = t.open();
    t.s.drain();
    t.s.drain();
    CHECK(t.s.capacity() == 0);
    CHECK(count_of(produced_frames(t.s), h2::GOAWAY) == 1);
    CHECK(t.s.submit(t.add().e) == errc::stream_refused);
    CHECK_FALSE(t.s.finished());
    CHECK_FALSE(feed(t.s, h2::headers(1, ok, true)));
    CHECK_FALSE(c.e.error);
    CHECK(t.s.finished());
}
