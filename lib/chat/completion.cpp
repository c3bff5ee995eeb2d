#include "chat/json_text.hpp"

#include <aloft/chat_completion.hpp>

#include <algorithm>

namespace aloft::chat {
namespace {

constexpr std::size_t slack = 64; // that chunk_decoder::decode asks for

std::size_t text_size(const delta& from) noexcept
{
    std::size_t size = from.content.size() + from.reasoning.size() + from.refusal.size();
    for (const tool_call_delta& call : from.tool_calls)
        size += call.id.size() + call.name.size() + call.arguments.size();
    return size;
}

// The element of that index, made in its place if there is none yet.
template <class Element>
Element& element_at(std::vector<Element>& list, std::uint32_t index)
{
    if (index < list.size() && list[index].index == index) // none is left out, mostly
        return list[index];
    auto at = std::lower_bound(list.begin(), list.end(), index,
                               [](const Element& each, std::uint32_t i) { return each.index < i; });
    if (at == list.end() || at->index != index) {
        at = list.insert(at, Element());
        at->index = index;
    }
    return *at;
}

void append_field(std::string& out, std::string_view name, std::string_view text)
{
    out.append(",\"").append(name).append("\":");
    json::append_string(out, text);
}

void append_field(std::string& out, std::string_view name, std::uint64_t number)
{
    out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

void append_json(std::string& out, const std::vector<tool_call>& calls)
{
    out += ",\"tool_calls\":[";
    for (const tool_call& each : calls) {
        if (&each != &calls.front())
            out += ',';
        out += R"({"id":)";
        json::append_string(out, each.id);
        out += R"(,"type":"function","function":{"name":)";
        json::append_string(out, each.name);
        append_field(out, "arguments", each.arguments);
        out += "}}";
    }
    out += ']';
}

void append_json(std::string& out, const choice& from)
{
    out.append("{\"index\":").append(std::to_string(from.index));
    out += R"(,"message":{"role":)";
    json::append_string(out, from.role.empty() ? "assistant" : std::string_view(from.role));
    if (from.content)
        append_field(out, "content", *from.content);
    else
        out += ",\"content\":null";
    if (!from.reasoning.empty())
        append_field(out, "reasoning_content", from.reasoning);
    if (from.refusal.empty())
        out += ",\"refusal\":null"; // OpenAI's types want it there
    else
        append_field(out, "refusal", from.refusal);
    if (!from.tool_calls.empty())
        append_json(out, from.tool_calls);
    out += "},\"logprobs\":null";
    if (from.finish_reason.empty())
        out += ",\"finish_reason\":null";
    else
        append_field(out, "finish_reason", from.finish_reason);
    out += '}';
}

void append_json(std::string& out, const usage& from)
{
    out.append(",\"usage\":{\"prompt_tokens\":").append(std::to_string(from.prompt_tokens));
    append_field(out, "completion_tokens", from.completion_tokens);
    append_field(out, "total_tokens", from.total_tokens);
    if (from.cached_tokens != 0) {
        out.append(",\"prompt_tokens_details\":{\"cached_tokens\":")
            .append(std::to_string(from.cached_tokens))
            .append("}");
    }
    if (from.reasoning_tokens != 0) {
        out.append(",\"completion_tokens_details\":{\"reasoning_tokens\":")
            .append(std::to_string(from.reasoning_tokens))
            .append("}");
    }
    out += '}';
}

} // namespace

error_code completion::append(const delta& from)
{
    const std::size_t added = text_size(from);
    if (added > limit_ - size_)
        return errc::body_too_large;
    size_ += added;
    if (id_.empty())
        id_ = from.id;
    if (model_.empty())
        model_ = from.model;
    if (created_ == 0)
        created_ = from.created();
    if (from.usage)
        usage_ = *from.usage;
    if (!from.has_choice)
        return {};

    choice& to = element_at(choices_, from.index);
    if (to.role.empty() && !from.role.empty())
        to.role = from.role;
    if (from.has_content()) {
        if (!to.content)
            to.content.emplace();
        *to.content += from.content;
    }
    if (!from.reasoning.empty())
        to.reasoning += from.reasoning;
    if (!from.refusal.empty())
        to.refusal += from.refusal;
    for (const tool_call_delta& piece : from.tool_calls) {
        tool_call& call = element_at(to.tool_calls, piece.index);
        if (call.id.empty())
            call.id = piece.id;
        if (call.name.empty())
            call.name = piece.name;
        call.arguments += piece.arguments;
    }
    if (from.finished())
        to.finish_reason = from.finish_reason;
    return {};
}

error_code completion::append(const chunk& from)
{
    if (from.kind() != chunk_kind::deltas)
        return {};
    for (const delta& each : from.deltas()) {
        if (error_code failed = append(each))
            return failed;
    }
    return {};
}

std::string_view completion::content() const noexcept
{
    if (choices_.empty() || !choices_.front().content)
        return {};
    return *choices_.front().content;
}

std::string completion::to_json() const
{
    std::string out;
    out.reserve(size_ + size_ / 8 + 512);
    out += R"({"id":)";
    json::append_string(out, id_);
    out += R"(,"object":"chat.completion","created":)";
    out += std::to_string(created_);
    append_field(out, "model", model_);
    out += ",\"choices\":[";
    for (const choice& each : choices_) {
        if (&each != &choices_.front())
            out += ',';
        append_json(out, each);
    }
    out += ']';
    if (usage_)
        append_json(out, *usage_);
    out += '}';
    return out;
}

void stream_state::saw(const chunk& one) noexcept
{
    if (one.kind() == chunk_kind::done)
        done_ = true;
    if (one.kind() != chunk_kind::deltas)
        return;
    for (const delta& each : one.deltas()) {
        if (!each.has_choice)
            continue;
        seen_.set(each.index);
        if (each.finished())
            finished_.set(each.index);
    }
}

error_code stream_state::at_end() const noexcept
{
    return complete() ? error_code() : errc::truncated_stream;
}

error_code parse_completion(std::string_view json, completion& out, api_error* reported)
{
    std::string padded;
    padded.reserve(json.size() + slack);
    padded.append(json).append(slack, '\0');
    chunk_decoder decoder;
    chunk whole;
    if (error_code failed = decoder.decode({padded.data(), json.size()}, whole))
        return failed;
    if (whole.error()) {
        if (reported)
            *reported = *whole.error();
        return errc::stream_error;
    }
    if (whole.deltas().empty() || !whole.deltas().front().has_choice)
        return errc::invalid_event;
    return out.append(whole);
}

} // namespace aloft::chat
