#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aloft::tools::bench {

/// Nanoseconds since the start of the run.
using run_time = std::int64_t;
constexpr run_time never = -1;

/// What was seen of one request.
class request_record {
public:
    std::uint64_t number = 0; ///< in the plan, over all processes
    run_time intended = 0; ///< when it was due
    run_time queued = 0; ///< when it was given to the client, which may still have to wait
    run_time sent = never; ///< when a connection took it
    run_time head = never; ///< the response head arrived
    run_time first_event = never; ///< the first event with a choice, be it empty
    run_time first_content = never; ///< the first event with text, thinking or a tool call in it
    run_time last_content = never;
    run_time action = never; ///< AutoGLM: `do(action=` or `finish(message=` was there
    run_time ended = never; ///< the end of the response, or of the attempt
    std::uint32_t events = 0;
    std::uint32_t content_events = 0;
    std::uint32_t prompt_tokens = 0; ///< as the server counted
    std::uint32_t output_tokens = 0; ///< likewise; else the events with content
    std::uint32_t gaps = 0; ///< how many of its gaps are kept
    std::uint64_t gaps_at = 0; ///< where, in measurements::each_gap
    std::uint32_t error = 0; ///< 0: none; else one more than its place in measurements::errors
    bool measured = false; ///< not of the warm-up

    [[nodiscard]] bool good() const noexcept { return error == 0; }
};

/// From when a time is counted.
enum class counted_from : std::uint8_t {
    intended, ///< the moment the request was due: no coordinated omission
    queued, ///< when the client got to it
    sent, ///< when a connection took it: the server alone
};

/// What is measured of a request that succeeded.
enum class measure : std::uint8_t {
    first_byte,
    first_event,
    first_content,
    token_time,
    last_content,
    total,
    action,
};

class measure_name {
public:
    measure what;
    std::string_view key; ///< in files, and for --goodput
    std::string_view title;
};

/// All of them, in the order in which reports have them.
std::span<const measure_name> measures() noexcept;
std::optional<measure> measure_of(std::string_view key) noexcept;
std::string_view key_of(measure what) noexcept;

/// In nanoseconds; nothing where the request has no such time.
std::optional<run_time> value_of(const request_record& one, measure what,
                                 counted_from since = counted_from::intended) noexcept;

} // namespace aloft::tools::bench
