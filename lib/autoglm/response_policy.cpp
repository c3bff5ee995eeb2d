#include "autoglm/response_policy.hpp"

#include <algorithm>

namespace aloft::autoglm::detail {
namespace {

constexpr std::string_view event_stream = "text/event-stream";

std::string_view media_type(const fields& head)
{
    auto type = head.get("content-type").value_or("");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.remove_suffix(1);
    return type;
}

bool is_event_stream(std::string_view type)
{
    return std::equal(type.begin(), type.end(), event_stream.begin(), event_stream.end(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

} // namespace

verdict response_policy::judge(unsigned status, const fields& head, std::string_view body,
                               bool ended)
{
    const bool good = status / 100 == 2;
    const auto type = media_type(head);
    if (good && (wants_ == wants::json || is_event_stream(type)))
        return verdict::deliver();
    // Not what was asked for: what the server has to say instead is read as far as it helps.
    if (!ended && body.size() < chat::api_error::raw_limit)
        return verdict::more();
    const auto id = head.get("x-request-id").value_or("");
    server_ = chat::parse_api_error(static_cast<int>(status), body, id);
    if (!good)
        return refuse(errc::http_status, "status " + std::to_string(status));
    if (!server_.message.empty() && server_.raw.empty())
        return refuse(errc::stream_error, "an error in place of a stream");
    return refuse(errc::unexpected_content,
                  type.empty()
                      ? std::string("no content-type where text/event-stream was asked for")
                      : std::string(type) + " where text/event-stream was asked for");
}

verdict response_policy::refuse(errc code, const std::string& fallback)
{
    // The server's own words may quote the prompt, so only its status, type and code go into
    // messages.
    std::string detail = fallback;
    for (const auto& word : {server_.type, server_.code}) {
        if (!word.empty())
            detail.append(", ").append(word);
    }
    return verdict::fail(code, std::move(detail));
}

} // namespace aloft::autoglm::detail
