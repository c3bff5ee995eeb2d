#include "support/catch.hpp"

#include <aloft/client_options.hpp>

using namespace aloft;
using namespace std::chrono_literals;

TEST_CASE("what is not set has the default that docs/limits.md states")
{
    const client_options options;
    CHECK(options.max_in_flight() == 1024);
    CHECK(options.max_waiting() == 65'536);
    CHECK(options.streams_per_connection() == 100);
    CHECK(options.max_connections() == 1000);
    CHECK(options.max_dials() == 64);
    CHECK(options.max_replays() == 2);
    CHECK(options.idle_http2() == 90s);
    CHECK(options.idle_http1() == 4s);
    CHECK(options.body_limit() == 16 * 1024 * 1024);

    const auto& limits = options.limits();
    CHECK(limits.header_list == 64 * 1024);
    CHECK(limits.interim_responses == 8);
    CHECK(limits.control_frames == 10'000);
    CHECK(limits.stream_window == 1024 * 1024);
    CHECK(limits.largest_stream_window == 16 * 1024 * 1024);
    CHECK(limits.connection_memory == 64 * 1024 * 1024);
    CHECK(limits.client_memory == 256 * 1024 * 1024);
    CHECK(limits.reset_burst == 100);
    CHECK(limits.resets_per_second == 3);
    CHECK(limits.streams == 1000);
    CHECK(limits.streams_before_settings == 100);

    const auto& clocks = options.deadlines();
    CHECK_FALSE(clocks.queue().limited());
    CHECK(clocks.connect().duration() == 10s);
    CHECK(clocks.head().duration() == 600s);
    CHECK(clocks.first_event().duration() == 600s);
    CHECK(clocks.gap().duration() == 600s);
    CHECK_FALSE(clocks.total().limited());
}
