#include "http2/http2_session.hpp"

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstring>

// How much a peer may send ahead of its readers.
namespace aloft::http2 {
namespace {

// What tells the PING of a measurement from one that asks for life.
constexpr std::array<std::uint8_t, 8> measurement = {'m', 'e', 'a', 's', 'u', 'r', 'e', 0};

// Whoever holds less is not reset for what others hold.
constexpr std::size_t little = std::size_t{64} << 10;

} // namespace

void http2_session::return_credit(exchange& e)
{
    credit_.taken(e.consumed);
    e.owed += std::exchange(e.consumed, 0);
    if (e.owed < windows_.threshold() || e.incoming_ended)
        return;
    if (e.owed + e.received.size() >= windows_.current())
        ++e.stalls; // nothing could come until now
    nghttp2_session_consume_stream(ng_, e.stream, std::exchange(e.owed, 0));
    if (role_ == role::client && !dead() && tuner_.half_read(e.stream, e.total_received, now()))
        nghttp2_submit_ping(ng_, 0, measurement.data());
}

bool http2_session::measured(const std::uint8_t* opaque)
{
    if (!tuner_.measuring() || std::memcmp(opaque, measurement.data(), measurement.size()) != 0)
        return false;
    std::optional<std::uint64_t> received;
    const auto* e = at(tuner_.stream());
    // Where much lies unread already, the network is not what holds things up.
    if (e != nullptr && e->pool->bytes_in_use() <= limits_.client_memory / 4)
        received = e->total_received;
    if (tuner_.answered(received, windows_.current(), now()))
        windows_.aim_for(tuner_.window());
    return true;
}

void http2_session::fit_windows()
{
    if (!windows_.fit(streams_.count()))
        return;
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows_.current()};
    nghttp2_submit_settings(ng_, 0, &entry, 1);
    // What was kept back under the larger window may be all of the smaller one.
    streams_.each_open([this](exchange& e) {
        if (e.owed != 0 && !e.incoming_ended)
            nghttp2_session_consume_stream(ng_, e.stream, std::exchange(e.owed, 0));
    });
}

/// Resets whoever holds most until the connection is within its memory, and where it holds much,
/// until the client is within its own.
void http2_session::shed() noexcept
{
    while (auto* e = streams_.holding_most()) {
        const auto held = e->received.size();
        const bool crowded = held > little && e->pool->bytes_in_use() > limits_.client_memory;
        if (held == 0 || !(crowded || credit_.exceeded()))
            return;
        fail(*e, errc::unread_too_large, NGHTTP2_CANCEL);
        e->received.clear(*e->pool); // the one case where what was received is not kept
    }
}

bool http2_session::over_memory() noexcept
{
    const auto* any = streams_.first();
    return credit_.exceeded() ||
           (any != nullptr && any->pool->bytes_in_use() > limits_.client_memory);
}

} // namespace aloft::http2
