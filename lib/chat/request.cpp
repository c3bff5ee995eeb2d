#include "chat/body_writer.hpp"

#include <aloft/chat_request.hpp>

#include <algorithm>
#include <utility>

namespace aloft::chat {

message::message(std::string role, std::string text) : role_(std::move(role)), list_(false)
{
    parts_.push_back({std::move(text), {}, false});
}

message::message(std::string role) : role_(std::move(role)), list_(true) {}

message message::tool(std::string call_id, std::string text)
{
    message answer("tool", std::move(text));
    answer.tool_call_id(std::move(call_id));
    return answer;
}

message& message::add_text(std::string text)
{
    list_ = true;
    parts_.push_back({std::move(text), {}, false});
    return *this;
}

message& message::add_image(image picture, std::string detail)
{
    list_ = true;
    parts_.push_back({std::move(detail), std::move(picture), true});
    return *this;
}

message& message::add_tool_call(std::string id, std::string name, std::string arguments)
{
    tool_calls_.push_back({std::move(id), std::move(name), std::move(arguments)});
    return *this;
}

message& message::tool_call_id(std::string id)
{
    tool_call_id_ = std::move(id);
    return *this;
}

message& message::name(std::string name)
{
    name_ = std::move(name);
    return *this;
}

message& message::drop_images()
{
    std::erase_if(parts_, [](const part& each) { return each.is_image; });
    return *this;
}

request& request::model(std::string name)
{
    model_ = std::move(name);
    return *this;
}

request& request::system(std::string text)
{
    return add(message::system(std::move(text)));
}

request& request::user(std::string text)
{
    return add(message::user(std::move(text)));
}

request& request::user(std::string text, image picture)
{
    message turn("user");
    turn.add_image(std::move(picture)).add_text(std::move(text));
    return add(std::move(turn));
}

request& request::assistant(std::string text)
{
    return add(message::assistant(std::move(text)));
}

request& request::tool(std::string call_id, std::string text)
{
    return add(message::tool(std::move(call_id), std::move(text)));
}

request& request::add(message one)
{
    messages_.push_back(std::move(one));
    return *this;
}

request& request::max_tokens(std::int64_t count)
{
    max_tokens_ = count;
    return *this;
}

request& request::max_completion_tokens(std::int64_t count)
{
    max_completion_tokens_ = count;
    return *this;
}

request& request::temperature(double value)
{
    temperature_ = value;
    return *this;
}

request& request::top_p(double value)
{
    top_p_ = value;
    return *this;
}

request& request::frequency_penalty(double value)
{
    frequency_penalty_ = value;
    return *this;
}

request& request::presence_penalty(double value)
{
    presence_penalty_ = value;
    return *this;
}

request& request::n(std::int64_t choices)
{
    n_ = choices;
    return *this;
}

request& request::seed(std::int64_t value)
{
    seed_ = value;
    return *this;
}

request& request::stop(std::string text)
{
    stop_.push_back(std::move(text));
    return *this;
}

request& request::stream(bool on)
{
    stream_ = on;
    return *this;
}

request& request::include_usage(bool on)
{
    include_usage_ = on;
    return *this;
}

request& request::extra(std::string name, std::string json)
{
    const auto same = std::find_if(extra_.begin(), extra_.end(),
                                   [&](const extra_field& each) { return each.name == name; });
    if (same != extra_.end())
        same->json = std::move(json);
    else
        extra_.push_back({std::move(name), std::move(json)});
    return *this;
}

payload request::body(error_code& ec) const
{
    return body(stream_, ec);
}

payload request::body(bool streaming, error_code& ec) const
{
    return body_writer(*this, streaming).write(ec);
}

} // namespace aloft::chat
