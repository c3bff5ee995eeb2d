#include "chat/action_space.hpp"

#include <aloft/action.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace aloft::autoglm {
namespace {

constexpr int max_depth = 8;

bool is_word(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool drop_prefix(std::string_view& text, std::string_view prefix) noexcept
{
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool drop_suffix(std::string_view& text, std::string_view suffix) noexcept
{
    if (!text.ends_with(suffix))
        return false;
    text.remove_suffix(suffix.size());
    return true;
}

// ``` with the name of a language, up to the end of its line or the call that follows.
bool drop_fence(std::string_view& text) noexcept
{
    if (!drop_prefix(text, "```"))
        return false;
    std::string_view language = text.substr(0, text.find_first_of("\r\n"));
    if (std::all_of(language.begin(), language.end(), is_word))
        text.remove_prefix(language.size());
    return true;
}

// Takes off what models and chat templates put around the call.
std::string_view without_wrapping(std::string_view text) noexcept
{
    for (bool again = true; again;) {
        text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
        text.remove_suffix(text.size() - (text.find_last_not_of(spaces) + 1));
        again = drop_prefix(text, "<answer>") || drop_prefix(text, "</answer>") ||
                drop_prefix(text, "<|begin_of_box|>") || drop_fence(text) ||
                drop_suffix(text, "</answer>") || drop_suffix(text, "<answer>") ||
                drop_suffix(text, "<|end_of_box|>") || drop_suffix(text, "```");
    }
    return text;
}

// A recursive descent over the grammar
//   call = ("do" | "finish") "(" [ argument *( "," argument ) [ "," ] ] ")"
//   argument = name "=" literal
class call_parser {
public:
    explicit call_parser(std::string_view text) noexcept : text_(text) {}

    bool parse(std::string& call_name, std::vector<argument>& arguments);

    action_error error() const noexcept { return error_; }
    std::size_t offset() const noexcept { return at_; }

private:
    bool fail(action_error why) noexcept;
    void skip_spaces() noexcept;
    bool take(char c) noexcept;
    std::string_view take_word() noexcept;

    bool parse_argument(std::vector<argument>& to);
    bool parse_literal(literal& to, int depth);
    bool parse_list(literal& to, char close, int depth);
    bool parse_number(literal& to);
    bool parse_keyword(literal& to);
    bool parse_text(std::string& to, bool tolerant);
    bool closes_argument(std::size_t after) const noexcept;
    void append_unescaped(std::string& to);

    std::string_view text_;
    std::size_t at_ = 0;
    bool free_text_ = false; // whether the argument being read is one that people read
    action_error error_ = action_error::none;
};

bool call_parser::fail(action_error why) noexcept
{
    error_ =
        at_ == text_.size() && why != action_error::too_large ? action_error::unterminated : why;
    return false;
}

void call_parser::skip_spaces() noexcept
{
    while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
}

bool call_parser::take(char c) noexcept
{
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c)
        return false;
    ++at_;
    return true;
}

std::string_view call_parser::take_word() noexcept
{
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_]))
        ++at_;
    return text_.substr(begin, at_ - begin);
}

bool call_parser::parse(std::string& call_name, std::vector<argument>& arguments)
{
    call_name = take_word();
    if ((call_name != "do" && call_name != "finish") || !take('(')) {
        at_ = 0;
        error_ = action_error::not_a_call;
        return false;
    }
    while (!take(')')) {
        if (!parse_argument(arguments))
            return false;
        if (!take(',') && (at_ == text_.size() || text_[at_] != ')'))
            return fail(action_error::expected_argument);
    }
    skip_spaces();
    if (at_ != text_.size())
        return fail(action_error::trailing_text);
    return true;
}

bool call_parser::parse_argument(std::vector<argument>& to)
{
    skip_spaces();
    const std::size_t begin = at_;
    const std::string_view name = take_word();
    if (name.empty() || !take('=')) {
        if (at_ != text_.size())
            at_ = begin;
        return fail(action_error::expected_argument);
    }
    const bool known =
        std::any_of(to.begin(), to.end(), [&](const argument& each) { return each.name == name; });
    if (known) {
        at_ = begin;
        return fail(action_error::duplicate_argument);
    }
    free_text_ = name == "text" || name == "message" || name == "instruction";
    literal value;
    if (!parse_literal(value, 0))
        return false;
    to.emplace_back(std::string(name), std::move(value));
    return true;
}

bool call_parser::parse_literal(literal& to, int depth)
{
    skip_spaces();
    if (at_ == text_.size())
        return fail(action_error::expected_literal);
    switch (text_[at_]) {
    case '"':
    case '\'': {
        std::string text;
        if (!parse_text(text, free_text_ && depth == 0))
            return false;
        to = literal(std::move(text));
        return true;
    }
    case '[': return parse_list(to, ']', depth);
    case '(': return parse_list(to, ')', depth);
    case '+':
    case '-':
    case '.': return parse_number(to);
    default: return text_[at_] >= '0' && text_[at_] <= '9' ? parse_number(to) : parse_keyword(to);
    }
}

bool call_parser::parse_list(literal& to, char close, int depth)
{
    if (depth == max_depth)
        return fail(action_error::too_large);
    ++at_;
    literal::list list;
    while (!take(close)) {
        if (!parse_literal(list.emplace_back(), depth + 1))
            return false;
        if (!take(',') && (at_ == text_.size() || text_[at_] != close))
            return fail(action_error::expected_literal);
    }
    to = literal(std::move(list));
    return true;
}

bool call_parser::parse_number(literal& to)
{
    const std::size_t begin = at_;
    at_ += text_[at_] == '+';
    const std::size_t end = std::min(text_.find_first_not_of("0123456789.eE+-", at_), text_.size());
    const char* first = text_.data() + at_;
    const char* last = text_.data() + end;
    std::int64_t integer = 0;
    double real = 0;
    if (const auto whole = std::from_chars(first, last, integer);
        whole.ec == std::errc() && whole.ptr == last) {
        to = literal(integer);
    } else if (const auto broken = std::from_chars(first, last, real);
               broken.ec == std::errc() && broken.ptr == last) {
        to = literal(real);
    } else {
        at_ = end == text_.size() ? end : begin;
        return fail(action_error::bad_number);
    }
    at_ = end;
    return true;
}

bool call_parser::parse_keyword(literal& to)
{
    const std::size_t begin = at_;
    const std::string_view word = take_word();
    if (word == "None") {
        to = literal();
    } else if (word == "True" || word == "False") {
        to = literal(word == "True");
    } else {
        at_ = at_ == text_.size() ? at_ : begin;
        return fail(action_error::expected_literal);
    }
    return true;
}

// Models forget to escape quotes in free text. So there (`tolerant`) a quote ends the text only
// where the call goes on behind it, or ends; elsewhere the first quote does.
bool call_parser::parse_text(std::string& to, bool tolerant)
{
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '\\' && at_ + 1 < text_.size()) {
            append_unescaped(to);
            continue;
        }
        ++at_;
        if (c == quote && (!tolerant || closes_argument(at_)))
            return true;
        to += c;
    }
    // A backslash typed at the end of the text hides the quote that was meant to close it.
    const char tail[] = {'\\', quote, ')'};
    if (tolerant && text_.size() - begin > sizeof tail &&
        text_.ends_with(std::string_view(tail, sizeof tail))) {
        to.resize(to.size() - 2);
        to += '\\';
        at_ = text_.size() - 1;
        return true;
    }
    return fail(action_error::unterminated);
}

// Whether what follows is `)` and the end, or a comma and the next argument.
bool call_parser::closes_argument(std::size_t after) const noexcept
{
    const auto skip = [&](auto belongs) {
        while (after < text_.size() && belongs(text_[after]))
            ++after;
    };
    skip(is_space);
    if (after == text_.size())
        return false;
    const bool more = text_[after] == ',';
    if (!more && text_[after] != ')')
        return false;
    ++after;
    skip(is_space);
    if (after == text_.size() || !more)
        return !more && after == text_.size();
    if (text_[after] == ')')
        return after + 1 == text_.size();
    const std::size_t name = after;
    skip(is_word);
    const bool named = after != name;
    skip(is_space);
    return named && after < text_.size() && text_[after] == '=';
}

void call_parser::append_unescaped(std::string& to)
{
    const char c = text_[at_ + 1];
    at_ += 2;
    switch (c) {
    case 'n': to += '\n'; return;
    case 't': to += '\t'; return;
    case 'r': to += '\r'; return;
    case '\\':
    case '"':
    case '\'': to += c; return;
    default:
        // As in Python, an escape that is none stands for itself.
        to += '\\';
        to += c;
    }
}

} // namespace

parsed_action parse_action(std::string_view text)
{
    if (text.size() > max_action_size)
        return {action_error::too_large, max_action_size};
    const std::string_view call = without_wrapping(text);
    if (call.empty())
        return {action_error::empty, 0};
    const auto skipped = static_cast<std::size_t>(call.data() - text.data());

    std::string name;
    std::vector<argument> arguments;
    call_parser parser(call);
    if (!parser.parse(name, arguments))
        return {parser.error(), skipped + parser.offset()};
    if (name == "finish")
        return action(std::move(name), std::move(arguments));

    const auto named = std::find_if(arguments.begin(), arguments.end(),
                                    [](const argument& each) { return each.name == "action"; });
    const std::string* value = named == arguments.end() ? nullptr : named->value.if_text();
    if (!value)
        return {action_error::missing_name, skipped};
    name = *value;
    arguments.erase(named);
    return action(std::move(name), std::move(arguments));
}

} // namespace aloft::autoglm
