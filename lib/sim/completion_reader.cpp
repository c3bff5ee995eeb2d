#include "sim/completion_reader.hpp"

#include "sim/random_source.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>

namespace aloft::sim {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t longest_kept = 256; // of a string that is kept
constexpr std::size_t longest_key = 32; // longer ones are none of ours
constexpr std::uint32_t most_choices = 128;
constexpr std::uint32_t most_tokens = 1 << 20;

/// Where in the document a value stands.
enum class place : std::uint8_t {
    document,
    root,
    stream_options,
    messages,
    message,
    content,
    part,
    image_url,
    elsewhere,
};

enum class value_kind : std::uint8_t { null, boolean, number, string, object, array };

/// A scalar or the opening of a container.
struct value {
    value_kind type;
    std::int64_t number = 0; // or the boolean; -1: not a whole number that fits
};

bool is_loadable(std::string_view url)
{
    return url.starts_with("data:image/") || url.starts_with("http://") ||
           url.starts_with("https://");
}

class handler {
public:
    // Boost.JSON's terms.
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(value_kind::object); }
    bool on_object_end(std::size_t, error_code&) { return close(); }
    bool on_array_begin(error_code&) { return open(value_kind::array); }
    bool on_array_end(std::size_t, error_code&) { return close(); }
    bool on_key_part(json::string_view text, std::size_t, error_code&)
    {
        keep(key_, text, longest_key);
        return true;
    }
    bool on_key(json::string_view text, std::size_t, error_code&)
    {
        keep(key_, text, longest_key);
        key_is_whole_ = true;
        return true;
    }
    bool on_string_part(json::string_view text, std::size_t, error_code&)
    {
        take_text(text);
        return true;
    }
    bool on_string(json::string_view text, std::size_t, error_code&)
    {
        take_text(text);
        scalar({value_kind::string});
        text_.clear();
        return true;
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&)
    {
        return scalar({value_kind::number, number});
    }
    bool on_uint64(std::uint64_t, json::string_view, error_code&)
    {
        return scalar({value_kind::number, -1});
    }
    bool on_double(double, json::string_view, error_code&)
    {
        return scalar({value_kind::number, -1});
    }
    bool on_bool(bool yes, error_code&) { return scalar({value_kind::boolean, yes ? 1 : 0}); }
    bool on_null(error_code&) { return scalar({value_kind::null}); }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

    void wrong(std::string text, std::string field = {})
    {
        if (problem.empty()) {
            problem = std::move(text);
            param = std::move(field);
        }
    }

    completion_request asked;
    std::string problem;
    std::string param;

private:
    [[nodiscard]] place here() const noexcept
    {
        return depth_ == 0 ? place::document : stack_[depth_ - 1];
    }
    [[nodiscard]] bool key_is(std::string_view name) const noexcept { return key_ == name; }

    void keep(std::string& into, json::string_view text, std::size_t most)
    {
        if (key_is_whole_ && &into == &key_) {
            key_.clear();
            key_is_whole_ = false;
        }
        const auto room = most - std::min(most, into.size());
        into.append(text.data(), std::min(room, text.size()));
    }

    /// A piece of a string value: only its beginning is kept, and prompts are counted.
    void take_text(json::string_view text)
    {
        keep(text_, text, longest_kept);
        const bool prompt = (here() == place::message && key_is("content")) ||
                            (here() == place::part && key_is("text"));
        if (prompt) {
            asked.text_bytes += text.size();
            hash_.add({text.data(), text.size()});
            asked.text_hash = hash_.value();
        }
    }

    bool open(value_kind type)
    {
        auto next = place::elsewhere;
        const bool array = type == value_kind::array;
        switch (here()) {
        case place::document: next = array ? place::elsewhere : place::root; break;
        case place::root:
            if (key_is("messages") && array)
                next = place::messages;
            else if (key_is("stream_options") && !array)
                next = place::stream_options;
            break;
        case place::messages:
            if (!array) {
                next = place::message;
                has_role_ = false;
            }
            break;
        case place::message:
            if (key_is("content") && array)
                next = place::content;
            break;
        case place::content: next = array ? place::elsewhere : place::part; break;
        case place::part:
            if (key_is("image_url") && !array)
                next = place::image_url;
            break;
        default: break;
        }
        check({type});
        if (depth_ < stack_.size())
            stack_[depth_++] = next;
        return true;
    }

    bool close()
    {
        const auto left = stack_[--depth_];
        if (left == place::message) {
            ++asked.messages;
            if (!has_role_)
                wrong("messages: each message needs a role", "messages");
        } else if (left == place::messages && asked.messages == 0) {
            wrong("messages: at least one message is needed", "messages");
        }
        return true;
    }

    bool scalar(value found)
    {
        check(found);
        return true;
    }

    void check(value found)
    {
        switch (here()) {
        case place::document:
            if (found.type != value_kind::object)
                wrong("the body must be a JSON object");
            break;
        case place::root: check_root(found); break;
        case place::stream_options:
            if (key_is("include_usage") && found.type == value_kind::boolean)
                asked.include_usage = found.number != 0;
            if (key_is("include_obfuscation") && found.type == value_kind::boolean)
                asked.include_obfuscation = found.number != 0;
            break;
        case place::messages:
            if (found.type != value_kind::object)
                wrong("messages: each message must be an object", "messages");
            break;
        case place::message: check_message(found); break;
        case place::content:
            if (found.type != value_kind::object)
                wrong("messages: each part of a content must be an object", "messages");
            break;
        case place::image_url:
            if (key_is("url"))
                check_image(found);
            break;
        default: break;
        }
    }

    void check_root(value found)
    {
        if (key_is("messages")) {
            has_messages_ = true;
            expect(found, value_kind::array, "messages", "a list");
            return;
        }
        if (found.type == value_kind::null)
            return;
        if (key_is("model")) {
            expect(found, value_kind::string, "model", "a string");
            asked.model = text_;
        } else if (key_is("stream")) {
            expect(found, value_kind::boolean, "stream", "true or false");
            asked.stream = found.number == 1;
        } else if (key_is("stream_options")) {
            expect(found, value_kind::object, "stream_options", "an object");
        } else if (key_is("n")) {
            asked.n = whole(found, "n", most_choices);
        } else if (key_is("max_tokens") || key_is("max_completion_tokens")) {
            asked.max_tokens = whole(found, key_, most_tokens);
        }
    }

    void check_message(value found)
    {
        if (key_is("role")) {
            has_role_ = found.type == value_kind::string && !text_.empty();
        } else if (key_is("content") && found.type != value_kind::string &&
                   found.type != value_kind::array && found.type != value_kind::null) {
            wrong("messages: a content must be a string or a list of parts", "messages");
        }
    }

    void check_image(value found)
    {
        if (found.type == value_kind::string && is_loadable(text_))
            ++asked.images;
        else
            wrong("messages: the url of an image must be a data:image/, http or https URL",
                  "messages");
    }

    void expect(value found, value_kind type, std::string_view name, std::string_view what)
    {
        if (found.type != type)
            wrong(std::string(name) + ": must be " + std::string(what), std::string(name));
    }

    std::uint32_t whole(value found, std::string_view name, std::uint32_t most)
    {
        if (found.type == value_kind::number && found.number >= 1)
            return static_cast<std::uint32_t>(std::min<std::int64_t>(found.number, most));
        wrong(std::string(name) + ": must be a whole number of at least 1", std::string(name));
        return 1;
    }

public:
    [[nodiscard]] bool has_messages() const noexcept { return has_messages_; }

private:
    std::array<place, 40> stack_{}; // Boost.JSON stops at a depth of 32
    std::size_t depth_ = 0;
    std::string key_;
    std::string text_;
    aloft::sim::text_hash hash_;
    bool key_is_whole_ = false;
    bool has_role_ = false;
    bool has_messages_ = false;
};

} // namespace

struct completion_reader::state {
    json::basic_parser<handler> parser{json::parse_options()};
    bool failed = false;
    std::size_t read = 0;

    void write(const char* bytes, std::size_t count, bool more)
    {
        if (failed)
            return;
        error_code ec;
        const auto taken = parser.write_some(more, bytes, count, ec);
        if (!ec && taken < count)
            ec = json::error::extra_data;
        read += taken;
        if (!ec)
            return;
        failed = true;
        auto& to = parser.handler();
        to.problem.clear();
        to.wrong("JSON decode error at byte " + std::to_string(read) + ": " + ec.message());
    }
};

completion_reader::completion_reader() : state_(std::make_unique<state>()) {}
completion_reader::~completion_reader() = default;

void completion_reader::feed(std::string_view bytes)
{
    state_->write(bytes.data(), bytes.size(), true);
}

std::optional<completion_request> completion_reader::finish()
{
    state_->write("", 0, false);
    auto& read = state_->parser.handler();
    if (read.problem.empty() && !read.has_messages())
        read.wrong("messages: field required", "messages");
    if (!read.problem.empty())
        return std::nullopt;
    return std::move(read.asked);
}

const std::string& completion_reader::problem() const noexcept
{
    return state_->parser.handler().problem;
}

const std::string& completion_reader::param() const noexcept
{
    return state_->parser.handler().param;
}

} // namespace aloft::sim
