#include "bench/stream_probe.hpp"

namespace aloft::tools::bench {

void stream_probe::take(const chat::delta& event, run_time at)
{
    ++record_.events;
    const bool content =
        !event.content.empty() || !event.reasoning.empty() || !event.tool_calls.empty();
    all_.saw_event(at, content);
    if (event.has_choice && record_.first_event == never)
        record_.first_event = at;
    if (content)
        take_content(event, at);
    if (event.usage != nullptr && event.usage->completion_tokens != 0) {
        counted_by_server_ = true;
        record_.prompt_tokens = static_cast<std::uint32_t>(event.usage->prompt_tokens);
        record_.output_tokens = static_cast<std::uint32_t>(event.usage->completion_tokens);
    }
}

void stream_probe::take_content(const chat::delta& event, run_time at)
{
    ++record_.content_events;
    if (record_.first_content == never)
        record_.first_content = at;
    else if (record_.measured)
        all_.gaps.add(at - record_.last_content);
    if (gaps_ != nullptr && record_.last_content != never)
        gaps_->push_back(at - record_.last_content);
    record_.last_content = at;
    if (!counted_by_server_)
        record_.output_tokens = record_.content_events;
    if (record_.action == never && !event.content.empty()) {
        splitter_.push(event.content);
        if (splitter_.thinking_ended())
            record_.action = at;
    }
}

} // namespace aloft::tools::bench
