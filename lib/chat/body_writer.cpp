#include "chat/body_writer.hpp"

#include "chat/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aloft::chat {
namespace {

// A shorter URL is cheaper to copy than to send as a segment.
constexpr std::size_t worth_sharing = 1024;

} // namespace

payload body_writer::write(error_code& ec)
{
    valid_ = !from_.messages_.empty();
    text_ += '{';
    scalars();
    messages();
    extras();
    text_ += '}';
    if (!valid_) {
        ec = errc::invalid_request;
        return {};
    }
    ec = {};
    segments_.push_back(std::make_shared<const std::string>(std::move(text_)));
    return payload(std::move(segments_));
}

void body_writer::scalars()
{
    if (begin_field("model")) {
        valid_ = valid_ && !from_.model_.empty();
        string(from_.model_);
    }
    key("stream");
    text_ += streaming_ ? "true" : "false";
    if (streaming_ && from_.include_usage_ && begin_field("stream_options"))
        text_ += R"({"include_usage":true})";
    field("max_tokens", from_.max_tokens_);
    field("max_completion_tokens", from_.max_completion_tokens_);
    field("temperature", from_.temperature_);
    field("top_p", from_.top_p_);
    field("frequency_penalty", from_.frequency_penalty_);
    field("presence_penalty", from_.presence_penalty_);
    field("n", from_.n_);
    field("seed", from_.seed_);
    if (!from_.stop_.empty() && begin_field("stop")) {
        text_ += '[';
        for (const std::string& each : from_.stop_) {
            if (&each != &from_.stop_.front())
                text_ += ',';
            string(each);
        }
        text_ += ']';
    }
}

void body_writer::messages()
{
    if (!begin_field("messages"))
        return;
    text_ += '[';
    for (const message& each : from_.messages_) {
        if (&each != &from_.messages_.front())
            text_ += ',';
        one_message(each);
    }
    text_ += ']';
}

void body_writer::extras()
{
    for (const request::extra_field& each : from_.extra_) {
        valid_ = valid_ && each.name != "stream" && json::valid_value(each.json);
        text_ += ',';
        string(each.name);
        text_ += ':';
        text_ += each.json;
    }
}

void body_writer::one_message(const message& each)
{
    text_ += R"({"role":)";
    string(each.role_);
    key("content");
    if (!each.list_)
        string(each.parts_.front().text);
    else if (each.parts_.empty() && !each.tool_calls_.empty())
        text_ += "null";
    else
        parts(each);
    if (!each.tool_calls_.empty())
        tool_calls(each);
    if (!each.tool_call_id_.empty()) {
        key("tool_call_id");
        string(each.tool_call_id_);
    }
    if (!each.name_.empty()) {
        key("name");
        string(each.name_);
    }
    text_ += '}';
}

void body_writer::parts(const message& each)
{
    text_ += '[';
    for (const message::part& part : each.parts_) {
        if (&part != &each.parts_.front())
            text_ += ',';
        if (part.is_image) {
            picture(part);
        } else {
            text_ += R"({"type":"text","text":)";
            string(part.text);
            text_ += '}';
        }
    }
    text_ += ']';
}

void body_writer::tool_calls(const message& each)
{
    key("tool_calls");
    text_ += '[';
    for (const message::tool_call& call : each.tool_calls_) {
        if (&call != &each.tool_calls_.front())
            text_ += ',';
        text_ += R"({"id":)";
        string(call.id);
        text_ += R"(,"type":"function","function":{"name":)";
        string(call.name);
        key("arguments");
        string(call.arguments);
        text_ += "}}";
    }
    text_ += ']';
}

void body_writer::picture(const message::part& each)
{
    const image& picture = each.picture;
    valid_ = valid_ && !picture.empty();
    text_ += R"({"type":"image_url","image_url":{"url":)";
    if (picture.verbatim() && picture.url().size() >= worth_sharing) {
        text_ += '"';
        segments_.push_back(std::make_shared<const std::string>(std::move(text_)));
        segments_.push_back(picture.shared());
        text_.assign(1, '"');
    } else {
        string(picture.url());
    }
    if (!each.text.empty()) {
        key("detail");
        string(each.text);
    }
    text_ += "}}";
}

// False if an extra field of this name is to be sent instead.
bool body_writer::begin_field(std::string_view name)
{
    for (const request::extra_field& each : from_.extra_) {
        if (each.name == name)
            return false;
    }
    key(name);
    return true;
}

void body_writer::field(std::string_view name, const std::optional<double>& value)
{
    if (!value || !begin_field(name))
        return;
    if (std::isfinite(*value))
        json::append_number(text_, *value);
    else
        valid_ = false;
}

void body_writer::field(std::string_view name, const std::optional<std::int64_t>& value)
{
    if (value && begin_field(name))
        json::append_number(text_, *value);
}

void body_writer::key(std::string_view name)
{
    if (text_.back() != '{')
        text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
}

void body_writer::string(std::string_view text)
{
    valid_ = valid_ && json::valid_utf8(text);
    json::append_string(text_, text);
}

} // namespace aloft::chat
