#include "harness.hpp"
#include "http2/reset_pacing.hpp"
#include "http2/window_tuner.hpp"
#include "support/catch.hpp"

#include <string>

using namespace aloft;
using namespace aloft::test;

namespace {

/// A client with `count` requests under way, whose peer has shown life.
void open_many(client_trace& t, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        t.open();
    feed(t.s, h2::headers(1, ok));
}

void abandon_all(client_trace& t)
{
    for (auto& c : t.calls)
        t.s.abandon(c->e, h2::cancel);
}

std::size_t resets_at(client_trace& t, std::uint64_t now)
{
    t.s.set_now(now);
    return count_of(produced_frames(t.s), h2::RST_STREAM);
}

/// Sends a window's half on stream 1, which is read at once.
void half_a_window(client_trace& t, call& c, std::size_t window)
{
    for (std::size_t sent = 0; sent < window / 2; sent += 10'000)
        feed(t.s, h2::data(1, std::string(10'000, 'd')));
    c.read(t.s);
}

} // namespace

TEST_CASE("resets beyond a burst go out at a pace, in their order")
{
    http2::reset_pacing pacing(3, 2);
    for (int i = 0; i < 3; ++i)
        CHECK(pacing.take(10'000));
    CHECK_FALSE(pacing.take(10'000));
    CHECK_FALSE(pacing.due());
    for (const std::int32_t stream : {1, 3, 5})
        pacing.defer({stream, h2::cancel});
    CHECK(pacing.deferred() == 3);
    CHECK(pacing.due() == 10'500);
    CHECK_FALSE(pacing.next(10'499, false));
    CHECK(pacing.next(10'500, false)->stream == 1);
    CHECK(pacing.due() == 11'000);
    CHECK(pacing.ended(3));
    CHECK_FALSE(pacing.ended(3));
    CHECK_FALSE(pacing.next(10'600, false));
    CHECK(pacing.next(10'600, true)->stream == 5);
    CHECK_FALSE(pacing.due());
    // Never more than a burst, however long nothing was reset.
    for (int i = 0; i < 3; ++i)
        CHECK(pacing.take(1'000'000'000));
    CHECK_FALSE(pacing.take(1'000'000'000));
}

TEST_CASE("a storm of cancels resets a burst of streams and defers the others, counted")
{
    session_limits limits;
    limits.streams = limits.streams_before_settings = 500;
    client_trace t(limits);
    t.s.set_now(50'000);
    open_many(t, 300);
    abandon_all(t);
    CHECK(t.s.deferred_resets() == 200);
    CHECK(t.s.active() == 300);
    CHECK(resets_at(t, 50'000) == 100);
    CHECK(t.s.due() == 50'334);
    feed(t.s, h2::ping_ack());
    CHECK(t.s.active() == 200); // still open at the peer
    CHECK(resets_at(t, 50'333) == 0);
    CHECK(resets_at(t, 50'334) == 1);
    CHECK(resets_at(t, 60'000) == 29);
    CHECK(t.s.deferred_resets() == 170);

    SECTION("any half minute sees fewer than 200")
    {
        std::size_t within = 130;
        for (std::uint64_t now = 60'000; now < 80'000; now += 250)
            within += resets_at(t, now);
        CHECK(within < 200);
    }
    SECTION("a deferred stream that ends needs no reset")
    {
        const auto last = t.calls.back()->e.stream;
        feed(t.s, h2::headers(last, ok) + h2::data(last, "dropped", true));
        CHECK(t.s.deferred_resets() == 169);
        CHECK(t.pool.bytes_in_use() == 0);
        CHECK(news(t.s).empty());
    }
    SECTION("a connection that ends does not wait for them")
    {
        t.s.drain();
        CHECK(resets_at(t, 60'000) == 170);
        CHECK(t.s.deferred_resets() == 0);
        CHECK_FALSE(t.s.due());
        feed(t.s, h2::ping());
        produced(t.s);
        CHECK(t.s.finished());
    }
}

TEST_CASE(
    "behind a deferred reset goes a PING: the peer may be silent else, and the slot stay taken")
{
    session_limits limits;
    limits.reset_burst = 1;
    limits.resets_per_second = 1;
    client_trace t(limits);
    t.s.set_now(50'000);
    open_many(t, 3);
    abandon_all(t);
    produced(t.s);
    feed(t.s, h2::ping_ack());
    CHECK(t.s.active() == 2);
    t.s.set_now(51'000);
    const auto frames = produced_frames(t.s);
    CHECK(count_of(frames, h2::RST_STREAM) == 1);
    CHECK(count_of(frames, h2::PING) == 1);
    CHECK(t.s.active() == 2);
    feed(t.s, h2::ping_ack());
    CHECK(t.s.active() == 1);
}

TEST_CASE("what was not sent whole is not deferred")
{
    session_limits limits;
    limits.reset_burst = 0;
    client_trace t(limits);
    fed_source body("part", body_source::state::more);
    auto gone = std::make_unique<call>(t.pool, post_request(), &body);
    REQUIRE_FALSE(t.s.submit(gone->e));
    produced(t.s);
    t.s.abandon(gone->e, h2::cancel);
    gone.reset();
    CHECK(t.s.deferred_resets() == 0);
    CHECK(count_of(produced_frames(t.s), h2::RST_STREAM) == 1);
}

TEST_CASE("a tuner doubles the window where a round trip brings most of one")
{
    http2::window_tuner tuner(1'000, 3'000);
    CHECK(tuner.half_read(1, 500, 10'000));
    CHECK(tuner.measuring());
    CHECK_FALSE(tuner.half_read(3, 5'000, 10'000)); // one at a time
    CHECK(tuner.answered(500 + 700, 1'000, 10'050));
    CHECK(tuner.window() == 2'000);
    CHECK_FALSE(tuner.half_read(1, 5'000, 11'049)); // a second between PINGs
    CHECK(tuner.half_read(1, 5'000, 11'050));
    CHECK_FALSE(tuner.answered(5'000 + 1'300, 2'000, 11'100));
    CHECK_FALSE(tuner.half_read(1, 9'000, 12'099));
    CHECK(tuner.half_read(1, 9'000, 12'100));
    CHECK_FALSE(tuner.answered(std::nullopt, 2'000, 12'150)); // it ended meanwhile
    CHECK_FALSE(tuner.half_read(5, 9'000, 14'149)); // asked ever less, where nothing comes of it
    CHECK(tuner.half_read(5, 9'000, 14'150));
    CHECK_FALSE(tuner.answered(99'000, 1'000, 14'200)); // more streams have made windows smaller
    CHECK(tuner.half_read(5, 9'000, 99'000));
    CHECK(tuner.answered(99'000, 2'000, 99'100));
    CHECK(tuner.window() == 3'000);
    CHECK_FALSE(tuner.half_read(5, 99'000, 999'000)); // as large as it gets
}

TEST_CASE("a window grows for a stream it holds up, and no PING is sent for small ones")
{
    session_limits limits;
    limits.stream_window = 100'000;
    limits.largest_stream_window = 400'000;
    client_trace t(limits);
    t.s.set_now(10'000);
    auto& c = t.open();
    auto& small = t.open();
    feed(t.s, h2::headers(1, ok) + h2::headers(3, ok));
    for (int i = 0; i < 40; ++i) {
        feed(t.s, h2::data(3, std::string(1'000, 't')));
        small.read(t.s);
    }
    CHECK(produced(t.s).empty());

    half_a_window(t, c, 100'000);
    auto frames = produced_frames(t.s);
    REQUIRE(find(frames, h2::PING) != nullptr);
    const auto asked = find(frames, h2::PING)->payload;
    CHECK(find(frames, h2::WINDOW_UPDATE)->number(0) == 50'000);
    t.s.take_news();
    half_a_window(t, c, 100'000);
    half_a_window(t, c, 100'000);
    CHECK(count_of(produced_frames(t.s), h2::PING) == 0);

    feed(t.s, h2::ping_ack(asked));
    CHECK((t.s.take_news() & session::alive) != 0);
    frames = produced_frames(t.s);
    REQUIRE(find(frames, h2::SETTINGS) != nullptr);
    CHECK(find(frames, h2::SETTINGS)->payload ==
          h2::number(h2::initial_window_size, 2) + h2::number(200'000, 4));
    feed(t.s, h2::settings_ack());

    // What the stream may be sent now is what was granted, and no more.
    std::size_t given = 0;
    while (!c.e.closed && given < 1'000'000) {
        feed(t.s, h2::data(1, std::string(10'000, 'd')));
        given += 10'000;
    }
    CHECK(given > 180'000);
    CHECK(given < 220'000);
    CHECK(c.e.http2_code == h2::flow_control_error);
}

TEST_CASE("windows grow no further than the connection's and the client's memory allow")
{
    for (const bool of_client : {false, true}) {
        session_limits limits;
        limits.stream_window = 100'000;
        limits.largest_stream_window = 1'000'000;
        if (of_client)
            limits.client_memory = 100'000;
        else
            limits.connection_memory = 300'000;
        client_trace t(limits);
        t.s.set_now(10'000);
        auto& c = t.open();
        // What another connection of the client holds.
        receive_buffer elsewhere;
        if (of_client)
            elsewhere.append(std::string(30'000, 'x').data(), 30'000, t.pool);
        feed(t.s, h2::headers(1, ok));
        for (int round = 0; round < 20; ++round) {
            t.s.set_now(20'000 + static_cast<std::uint64_t>(round) * 100'000);
            half_a_window(t, c, 100'000);
            const auto asked = produced_frames(t.s);
            half_a_window(t, c, 100'000);
            half_a_window(t, c, 100'000);
            if (const auto* ping = find(asked, h2::PING))
                feed(t.s, h2::ping_ack(ping->payload));
            for (const auto& f : produced_frames(t.s))
                CHECK(f.type != h2::SETTINGS);
        }
        CHECK_FALSE(c.e.closed);
        elsewhere.release(t.pool);
    }
}

TEST_CASE("beyond the client's memory the stream holding most is reset, but none that holds little")
{
    session_limits limits;
    limits.client_memory = 1'000'000;
    client_trace t(limits);
    auto& most = t.open();
    auto& little = t.open();
    feed(t.s, h2::headers(1, ok) + h2::headers(3, ok) + h2::data(3, std::string(10'000, 'l')));
    receive_buffer elsewhere;
    const std::string much(900'000, 'x');
    elsewhere.append(much.data(), much.size(), t.pool);
    while (!most.e.closed && most.e.total_received < 500'000)
        feed(t.s, h2::data(1, std::string(10'000, 'd')));
    CHECK(most.e.error == errc::unread_too_large);
    CHECK(most.e.total_received > 60'000);
    elsewhere.append(much.data(), much.size(), t.pool);
    feed(t.s, h2::data(3, std::string(10'000, 'l')));
    CHECK_FALSE(little.e.closed);
    CHECK(little.e.received.size() == 20'000);
    elsewhere.release(t.pool);
}
