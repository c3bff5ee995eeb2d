#include "run/prompt_file.hpp"

#include <aloft/autoglm.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <iterator>

namespace aloft::tools {
namespace {

namespace json = boost::json;

constexpr std::uintmax_t image_limit = std::uintmax_t{32} << 20;

const json::string* text_of(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_string() : nullptr;
}

std::string mime_of(const std::filesystem::path& path)
{
    auto ending = path.extension().string();
    for (auto& c : ending)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (ending == ".jpg" || ending == ".jpeg")
        return "image/jpeg";
    return ending == ".webp" ? "image/webp" : "image/png";
}

// The bytes of an image, or why there are none.
std::string read_image(const std::filesystem::path& path, std::string& problem)
{
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec)) {
        problem = "image " + path.string() + " is a directory";
        return {};
    }
    const auto size = std::filesystem::file_size(path, ec);
    if (ec) {
        problem = "image " + path.string() + ": " + ec.message();
        return {};
    }
    if (size > image_limit) {
        problem = "image " + path.string() + " is larger than 32 MiB";
        return {};
    }
    std::ifstream file(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (bytes.empty())
        problem = "image " + path.string() + " is empty or cannot be read";
    return bytes;
}

} // namespace

prompt_file::prompt_file(const std::string& path, std::string model, std::string& problem) :
    in_(&std::cin), model_(std::move(model))
{
    if (path == "-")
        return;
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec)) {
        problem = path + " is a directory";
        return;
    }
    file_.open(path, std::ios::binary);
    if (!file_) {
        problem = path + ": " + std::strerror(errno);
        return;
    }
    in_ = &file_;
    folder_ = std::filesystem::path(path).parent_path();
    const auto size = std::filesystem::file_size(path, ec);
    size_ = ec ? 0 : size;
}

std::optional<double> prompt_file::fraction()
{
    if (size_ == 0)
        return std::nullopt;
    return static_cast<double>(read_) / static_cast<double>(size_);
}

// One line without its end; a line over the limit is skipped whole and said to be too long.
bool prompt_file::read_line()
{
    if (!std::getline(*in_, text_))
        return false;
    ++line_;
    read_ += text_.size() + 1;
    too_long_ = text_.size() > line_limit;
    if (!text_.empty() && text_.back() == '\r')
        text_.pop_back();
    return true;
}

std::optional<job> prompt_file::next()
{
    do {
        if (!read_line())
            return std::nullopt;
    } while (text_.find_first_not_of(" \t") == std::string::npos);

    job made;
    made.line = line_;
    made.custom_id = "line-" + std::to_string(line_);
    if (too_long_) {
        made.problem = "the line is longer than 64 MiB";
        return made;
    }
    boost::system::error_code ec;
    const auto value = json::parse(text_, ec);
    if (ec || !value.is_object()) {
        made.problem = ec ? "not JSON: " + ec.message() : "not a JSON object";
        return made;
    }
    const auto& object = value.get_object();
    if (const auto* id = text_of(object, "custom_id"))
        made.custom_id = std::string(*id);
    if (object.contains("prompt"))
        read_short_line(made, &object);
    else
        read_batch_line(made, &object);
    if (made.problem.empty() && !seen_.insert(made.custom_id).second)
        made.problem = "custom_id \"" + made.custom_id + "\" was used by an earlier line";
    return made;
}

void prompt_file::read_batch_line(job& into, const void* line)
{
    const auto& object = *static_cast<const json::object*>(line);
    const auto* method = text_of(object, "method");
    const auto* url = text_of(object, "url");
    const auto* given = object.if_contains("body");
    if (url == nullptr || given == nullptr || !given->is_object()) {
        into.problem = "neither a batch line (custom_id, method, url, body) nor one with a prompt";
        return;
    }
    if (method != nullptr && *method != "POST") {
        into.problem = "method " + std::string(*method) + ": batch lines are POST";
        return;
    }
    // The path behind /v1 is joined to the base URL, since providers' base paths differ.
    const std::string_view path(*url);
    if (!path.starts_with("/")) {
        into.problem =
            "url \"" + std::string(path) + "\" should be a path such as /v1/chat/completions";
        return;
    }
    into.path = path.starts_with("/v1/") ? path.substr(3) : path;
    into.chat = into.path == "/chat/completions";
    auto body = given->get_object();
    if (!body.contains("model"))
        body["model"] = model_;
    if (into.chat) {
        body["stream"] = true;
        body["stream_options"] = json::object{{"include_usage", true}};
    }
    into.body = payload(json::serialize(body));
}

void prompt_file::read_short_line(job& into, const void* line)
{
    const auto& object = *static_cast<const json::object*>(line);
    const auto* prompt = text_of(object, "prompt");
    if (prompt == nullptr) {
        into.problem = "\"prompt\" is not a string";
        return;
    }
    autoglm::chat_request ask;
    ask.model(model_).include_usage(true);
    for (const auto& [key, value] : object) {
        if (key == "prompt" || key == "image" || key == "custom_id" || key == "system")
            continue;
        if (key == "model" && value.is_string())
            ask.model(std::string(value.get_string()));
        else
            ask.extra(std::string(key), json::serialize(value));
    }
    if (const auto* system = text_of(object, "system"))
        ask.system(std::string(*system));
    if (const auto* image = text_of(object, "image")) {
        const auto path = folder_ / std::string_view(*image);
        const auto bytes = read_image(path, into.problem);
        if (!into.problem.empty())
            return;
        ask.user(std::string(*prompt), chat::image(mime_of(path), bytes));
    } else {
        ask.user(std::string(*prompt));
    }
    error_code ec;
    into.path = "/chat/completions";
    into.chat = true;
    into.body = ask.body(true, ec);
    if (ec)
        into.problem = "cannot be written as a request: " + ec.message();
}

} // namespace aloft::tools
