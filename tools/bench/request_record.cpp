#include "bench/request_record.hpp"

#include <algorithm>
#include <array>

namespace aloft::tools::bench {
namespace {

// The keys are those of vLLM's bench where it has the measure. Its TTFT is our first_event: it
// counts a chunk with nothing but a role.
constexpr std::array<measure_name, 7> names{{
    {measure::first_byte, "ttfb", "first byte (response head)"},
    {measure::first_event, "first_event", "first event (vLLM's TTFT)"},
    {measure::first_content, "ttft", "first content (TTFT)"},
    {measure::token_time, "tpot", "time per output token (TPOT)"},
    {measure::last_content, "e2el", "last content (E2EL)"},
    {measure::total, "total", "end of the response"},
    {measure::action, "action", "AutoGLM action begins"},
}};

run_time start_of(const request_record& one, counted_from since) noexcept
{
    switch (since) {
    case counted_from::intended: return one.intended;
    case counted_from::queued: return one.queued;
    case counted_from::sent: break;
    }
    return one.sent;
}

run_time moment_of(const request_record& one, measure what) noexcept
{
    switch (what) {
    case measure::first_byte: return one.head;
    case measure::first_event: return one.first_event;
    case measure::first_content: return one.first_content;
    case measure::token_time:
    case measure::last_content: return one.last_content;
    case measure::total: return one.ended;
    case measure::action: return one.action;
    }
    return never;
}

} // namespace

std::span<const measure_name> measures() noexcept
{
    return names;
}

std::optional<measure> measure_of(std::string_view key) noexcept
{
    const auto* const at = std::find_if(names.begin(), names.end(),
                                        [&](const measure_name& one) { return one.key == key; });
    return at == names.end() ? std::nullopt : std::optional(at->what);
}

std::string_view key_of(measure what) noexcept
{
    return names[static_cast<std::size_t>(what)].key;
}

std::optional<run_time> value_of(const request_record& one, measure what,
                                 counted_from since) noexcept
{
    const auto at = moment_of(one, what);
    if (at == never)
        return std::nullopt;
    if (what == measure::token_time) {
        if (one.output_tokens < 2)
            return std::nullopt;
        return (at - one.first_content) / (one.output_tokens - 1);
    }
    const auto start = start_of(one, since);
    return start == never ? std::nullopt : std::optional(std::max<run_time>(at - start, 0));
}

} // namespace aloft::tools::bench
