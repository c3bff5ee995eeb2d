#include "chat/json_text.hpp"

#include <aloft/conversation.hpp>

#include <utility>

namespace aloft::autoglm {

chat_request::chat_request()
{
    model("autoglm-phone-9b").max_tokens(3000).temperature(0.0).top_p(0.85).frequency_penalty(0.2);
}

screen_info::screen_info(std::string_view current_app)
{
    extra("current_app", current_app);
}

screen_info& screen_info::extra(std::string_view name, std::string_view value)
{
    if (!fields_.empty())
        fields_ += ", ";
    chat::json::append_string(fields_, name);
    fields_ += ": ";
    chat::json::append_string(fields_, value);
    return *this;
}

std::string screen_info::to_json() const
{
    return "{" + fields_ + "}";
}

conversation::conversation(chat_request base) : request_(std::move(base)) {}

conversation& conversation::begin(std::string_view task, image screen, const screen_info& info)
{
    add_turn(std::string(task) + "\n\n" + info.to_json(), std::move(screen));
    return *this;
}

conversation& conversation::observe(image screen, const screen_info& info)
{
    add_turn("** Screen Info **\n\n" + info.to_json(), std::move(screen));
    return *this;
}

conversation& conversation::reply(const reply_parts& parts)
{
    request_.assistant("<think>" + parts.thinking + "</think><answer>" + parts.action +
                       "</answer>");
    return *this;
}

// Dropped only now, so that a step that failed can be asked again with its picture.
void conversation::add_turn(std::string text, image screen)
{
    for (chat::message& earlier : request_.messages())
        earlier.drop_images();
    request_.user(std::move(text), std::move(screen));
}

} // namespace aloft::autoglm
