#include "run/prompt.hpp"

#include "image_file.hpp"
#include "size_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace aloft::tools {
namespace {

namespace json = boost::json;

const json::string* text_of(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_string() : nullptr;
}

// Numbers that a double does not hold are infinite once they are read, and could not be sent on.
bool is_finite(const json::value& value)
{
    if (const auto* number = value.if_double())
        return std::isfinite(*number);
    if (const auto* array = value.if_array())
        return std::all_of(array->begin(), array->end(), is_finite);
    if (const auto* object = value.if_object())
        return std::all_of(object->begin(), object->end(),
                           [](const auto& member) { return is_finite(member.value()); });
    return true;
}

} // namespace

std::string prompt_defaults::context() const
{
    auto text = model;
    for (const auto& [name, value] : parameters)
        text.append("\n").append(name).append("=").append(value);
    return text;
}

/// Reads the two forms of a line.
class prompt::parser {
public:
    parser(prompt& into, const prompt_defaults& defaults) : into_(into), defaults_(defaults) {}

    void read(std::string_view text)
    {
        error_code ec;
        json::parse_options how;
        how.max_depth = 256; // the schemas of tools nest; the default of 32 is soon reached
        const auto value = json::parse(text, ec, {}, how);
        if (ec || !value.is_object()) {
            into_.problem =
                ec ? "it is not JSON (" + ec.message() + ")" : "it is not a JSON object";
            return;
        }
        const auto& object = value.get_object();
        if (const auto* id = object.if_contains("custom_id")) {
            if (!id->is_string()) {
                into_.problem = "\"custom_id\" is not a string";
                return;
            }
            if (id->get_string().empty()) {
                into_.problem = "\"custom_id\" is empty";
                return;
            }
            into_.custom_id = std::string(id->get_string());
        }
        for (const auto& [name, member] : object) {
            if (!is_finite(member)) {
                into_.problem =
                    fmt::format("\"{}\" has a number beyond 1.8e308", std::string_view(name));
                return;
            }
        }
        if (object.contains("prompt"))
            read_short(object);
        else
            read_batch(object);
    }

private:
    void read_batch(const json::object& object)
    {
        const auto* method = text_of(object, "method");
        const auto* url = text_of(object, "url");
        const auto* given = object.if_contains("body");
        if (url == nullptr || given == nullptr || !given->is_object()) {
            into_.problem = "it has neither a \"prompt\" nor the custom_id, method, url and body "
                            "of a batch line";
            return;
        }
        if (method != nullptr && *method != "POST") {
            into_.problem =
                fmt::format("its method is {}; only POST can be sent", std::string_view(*method));
            return;
        }
        const std::string_view path(*url);
        if (!path.starts_with("/")) {
            into_.problem =
                fmt::format("its url \"{}\" is not a path such as /v1/chat/completions", path);
            return;
        }
        // The path behind /v1 is joined to the base URL, since providers' base paths differ.
        into_.path = path.starts_with("/v1/") ? path.substr(3) : path;
        into_.chat = into_.path == "/chat/completions";
        auto body = given->get_object();
        if (!body.contains("model"))
            body["model"] = defaults_.model;
        if (into_.chat) {
            for (const auto& [name, text] : defaults_.parameters) {
                if (!body.contains(name))
                    body[name] = json::parse(text);
            }
            body["stream"] = true;
            body["stream_options"] = json::object{{"include_usage", true}};
        } else {
            body.erase("stream"); // the answer is wanted in one piece
            body.erase("stream_options");
        }
        into_.body_ = payload(json::serialize(body));
    }

    void read_short(const json::object& object)
    {
        auto& ask = into_.ask_.emplace();
        into_.path = "/chat/completions";
        into_.chat = true;
        ask.model(defaults_.model).include_usage(true);
        for (const auto& [name, text] : defaults_.parameters)
            ask.extra(name, text);
        for (const auto& [name, value] : object) {
            if (name == "prompt" || name == "image" || name == "system" || name == "model") {
                if (!value.is_string()) {
                    into_.problem = fmt::format("\"{}\" is not a string", std::string_view(name));
                    return;
                }
            } else if (name != "custom_id" && name != "stream" && name != "stream_options") {
                ask.extra(std::string(name), json::serialize(value));
            }
        }
        if (const auto* model = text_of(object, "model")) {
            if (model->empty()) {
                into_.problem = "\"model\" is empty";
                return;
            }
            ask.model(std::string(*model));
        }
        if (const auto* system = text_of(object, "system"))
            ask.system(std::string(*system));
        into_.text_ = std::string(*text_of(object, "prompt"));
        if (const auto* image = text_of(object, "image"))
            into_.image_ = defaults_.folder / std::string_view(*image);
    }

    prompt& into_;
    const prompt_defaults& defaults_;
};

prompt prompt::read(const text_line& line, const prompt_defaults& defaults)
{
    prompt made;
    made.line = line.number;
    made.line_size_ = line.text.size();
    made.custom_id = fmt::format("line-{}", line.number);
    made.request = fingerprint(line.text, defaults.context());
    if (line.too_long)
        made.problem = "it is longer than 64 MiB";
    else
        parser(made, defaults).read(line.text);
    return made;
}

void prompt::check(std::size_t body_limit)
{
    if (!problem.empty())
        return;
    if (!image_.empty()) {
        if (const auto wrong = image_problem(image_, image_size_); !wrong.empty())
            problem = fmt::format("its image {} {}", image_.string(), wrong);
    }
    if (const auto size = body_size(); problem.empty() && size > body_limit)
        problem = fmt::format("its request has {}; --max-body-memory allows {}", size_text(size),
                              size_text(body_limit));
}

std::size_t prompt::body_size() const
{
    if (!ask_)
        return body_.size();
    return line_size_ + 512 + static_cast<std::size_t>(image_size_) * 4 / 3;
}

payload prompt::make_body()
{
    if (!ask_)
        return std::move(body_);
    auto ask = std::move(*ask_);
    if (image_.empty()) {
        ask.user(std::move(text_));
    } else {
        std::string wrong;
        auto picture = read_image(image_, wrong);
        if (!wrong.empty()) {
            problem = fmt::format("its image {} {}", image_.string(), wrong);
            return {};
        }
        ask.user(std::move(text_), std::move(picture));
    }
    error_code ec;
    auto body = ask.body(true, ec);
    if (ec)
        problem = "it cannot be written as a request: a text is not UTF-8, or a parameter is not a "
                  "JSON value";
    return body;
}

} // namespace aloft::tools
