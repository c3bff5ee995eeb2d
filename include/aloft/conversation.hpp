#pragma once

#include <aloft/chat_request.hpp>
#include <aloft/thinking.hpp>

#include <string>
#include <string_view>

namespace aloft::autoglm {

using chat::image;
using chat::image_url;
using chat::jpeg;
using chat::png;

/// A chat request with the phone agent's defaults: model `autoglm-phone-9b`, max_tokens 3000,
/// temperature 0.0, top_p 0.85, frequency_penalty 0.2. Any of them can be set anew.
class chat_request : public chat::request {
public:
    chat_request();
};

/// What the model is told of the screen besides its picture: one line of JSON.
class screen_info {
public:
    /// `current_app`: the name of the app in front; "System Home" where it is not known.
    explicit screen_info(std::string_view current_app = "System Home");

    /// Adds a text field.
    screen_info& extra(std::string_view name, std::string_view value);

    /// The JSON as the phone agent writes it: `{"current_app": "System Home"}`, separated by
    /// `", "` and `": "`, with non-ASCII characters as they are.
    std::string to_json() const;

private:
    std::string fields_;
};

/// The phone agent's dialogue: turns of screen and reply around one task.
///
/// Every request carries one picture, that of the newest turn, and all earlier text. The encoded
/// picture is shared with the request body. Not thread-safe.
class conversation {
public:
    /// `base`: the model, the sampling, and the system message, if there is to be one.
    explicit conversation(chat_request base);

    /// The first turn: the task and the screen it begins with.
    conversation& begin(std::string_view task, image screen, const screen_info& info);
    /// A later turn: the screen after the last action.
    conversation& observe(image screen, const screen_info& info);
    /// The model's reply to the turn, taken apart (see `split_reply`).
    conversation& reply(const reply_parts& parts);

    /// The request for the next step; valid until the conversation changes.
    const chat_request& request() const noexcept { return request_; }

private:
    void add_turn(std::string text, image screen);

    chat_request request_;
};

} // namespace aloft::autoglm
