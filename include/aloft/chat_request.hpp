#pragma once

#include <aloft/chat_image.hpp>
#include <aloft/error.hpp>
#include <aloft/payload.hpp>
#include <aloft/retry_rules.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft::chat {

/// One message of a conversation: a role and its content.
///
/// The content is a string, or a list of parts where the message was built from parts; servers tell
/// the two apart. Text must be UTF-8, which `request::body` checks.
class message {
public:
    /// A message whose content is the string `text`.
    message(std::string role, std::string text);
    /// A message whose content is a list of parts, none yet.
    explicit message(std::string role);

    static message system(std::string text) { return {"system", std::move(text)}; }
    static message user(std::string text) { return {"user", std::move(text)}; }
    static message assistant(std::string text) { return {"assistant", std::move(text)}; }
    /// The result of the tool call `call_id`.
    static message tool(std::string call_id, std::string text);

    /// Appends a text part; the content becomes a list if it was a string.
    message& add_text(std::string text);
    /// Appends an image part. `detail`: "low", "high", "auto", or empty to leave it out.
    message& add_image(image picture, std::string detail = {});
    /// Appends a tool call of the assistant. `arguments`: JSON text, sent as a string.
    message& add_tool_call(std::string id, std::string name, std::string arguments);
    /// Names the tool call this message answers.
    message& tool_call_id(std::string id);
    /// Names the participant.
    message& name(std::string name);

    /// Takes the image parts out; the content stays a list, holding the text parts.
    message& drop_images();

    const std::string& role() const noexcept { return role_; }

private:
    friend class body_writer;

    struct part {
        std::string text; // of an image: its detail
        image picture;
        bool is_image;
    };
    struct tool_call {
        std::string id;
        std::string name;
        std::string arguments;
    };

    std::string role_;
    std::vector<part> parts_;
    std::vector<tool_call> tool_calls_;
    std::string tool_call_id_;
    std::string name_;
    bool list_;
};

/// A request to `POST {base}/chat/completions`: what to say and how to sample.
///
/// Only what was set is sent; for the rest the server's defaults hold. Setters return the request,
/// so that they chain, on a temporary too. Not thread-safe; copies share the encoded images.
class request {
public:
    request() = default;

    /// The model's name on the server.
    request& model(std::string name);

    request& system(std::string text);
    request& user(std::string text);
    /// A user message of an image part and a text part, in this order.
    request& user(std::string text, image picture);
    request& assistant(std::string text);
    /// The result of the tool call `call_id`.
    request& tool(std::string call_id, std::string text);
    request& add(message one);

    /// Most tokens to generate; the older name that every server knows.
    request& max_tokens(std::int64_t count);
    /// Most tokens to generate, reasoning included; the name OpenAI's newer models want.
    request& max_completion_tokens(std::int64_t count);
    request& temperature(double value);
    request& top_p(double value);
    request& frequency_penalty(double value);
    request& presence_penalty(double value);
    /// How many choices to generate.
    request& n(std::int64_t choices);
    request& seed(std::int64_t value);
    /// Adds a text at which generation stops.
    request& stop(std::string text);
    /// Whether to ask for a stream of events. A client that streams or does not sets this itself.
    request& stream(bool on);
    /// Whether to ask for a usage chunk at the end of a stream; nothing is sent without a stream.
    request& include_usage(bool on);
    /// Sets the top-level field `name` of the body to `json`, any JSON value as text: tools,
    /// response_format, a server's own fields. It takes the place of a field set otherwise; setting
    /// it again replaces it. `stream` cannot be set so.
    request& extra(std::string name, std::string json);

    /// When the request is tried again, whatever the client's rules say. Not part of the body.
    request& retries(const retry_rules& rules) { return retries_ = rules, *this; }

    /// Whether the stream ends once it holds a whole action, whatever the client's options say; see
    /// autoglm::options::stop_at_action(). Not part of the body.
    request& stop_at_action(bool on) { return stop_at_action_ = on, *this; }
    /// Requests of one session go to the same of several servers, where affinity::prefix is set.
    /// Not part of the body.
    request& session(std::string name) { return session_ = std::move(name), *this; }

    const std::string& model() const noexcept { return model_; }
    const std::string& session() const noexcept { return session_; }
    const std::optional<retry_rules>& retries() const noexcept { return retries_; }
    std::optional<bool> stop_at_action() const noexcept { return stop_at_action_; }
    /// max_completion_tokens, or else max_tokens.
    std::optional<std::int64_t> token_limit() const noexcept
    {
        return max_completion_tokens_ ? max_completion_tokens_ : max_tokens_;
    }
    std::vector<message>& messages() noexcept { return messages_; }
    const std::vector<message>& messages() const noexcept { return messages_; }

    /// The JSON body. Encoded images are shared with the request, not copied.
    ///
    /// Errors: `errc::invalid_request` if there is no model, no message, an image made from
    /// nothing, text that is not UTF-8, a number that is not finite, or an `extra` that is not
    /// JSON.
    payload body(error_code& ec) const;
    /// The same, with `stream` set to `streaming` whatever the request says.
    payload body(bool streaming, error_code& ec) const;

private:
    friend class body_writer;

    struct extra_field {
        std::string name;
        std::string json;
    };

    std::string model_;
    std::string session_;
    std::vector<message> messages_;
    std::optional<retry_rules> retries_;
    std::optional<bool> stop_at_action_;
    std::optional<std::int64_t> max_tokens_;
    std::optional<std::int64_t> max_completion_tokens_;
    std::optional<double> temperature_;
    std::optional<double> top_p_;
    std::optional<double> frequency_penalty_;
    std::optional<double> presence_penalty_;
    std::optional<std::int64_t> n_;
    std::optional<std::int64_t> seed_;
    std::vector<std::string> stop_;
    std::vector<extra_field> extra_;
    bool stream_ = false;
    bool include_usage_ = false;
};

} // namespace aloft::chat
