#include "chat/json_text.hpp"

#include <boost/json/parser.hpp>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace aloft::chat::json {
namespace {

constexpr bool must_escape(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c)
{
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
        constexpr char digits[] = "0123456789abcdef";
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
}

} // namespace

void append_escaped(std::string& out, std::string_view text)
{
    while (!text.empty()) {
        const auto stop = std::find_if(text.begin(), text.end(), must_escape);
        out.append(text.begin(), stop);
        text.remove_prefix(static_cast<std::size_t>(stop - text.begin()));
        if (!text.empty()) {
            append_escape(out, text.front());
            text.remove_prefix(1);
        }
    }
}

void append_string(std::string& out, std::string_view text)
{
    out += '"';
    append_escaped(out, text);
    out += '"';
}

void append_number(std::string& out, double value)
{
    if (value == 0)
        value = 0; // minus zero
    char digits[32];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    const std::string_view text(digits, static_cast<std::size_t>(written.ptr - digits));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos)
        out += ".0";
}

void append_number(std::string& out, std::int64_t value)
{
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, written.ptr);
}

bool needs_no_escape(std::string_view text) noexcept
{
    return std::none_of(text.begin(), text.end(), must_escape) && valid_utf8(text);
}

bool valid_utf8(std::string_view text) noexcept
{
    return simdjson::validate_utf8(text.data(), text.size());
}

bool valid_value(std::string_view text)
{
    boost::json::parser parser;
    boost::json::error_code failure;
    parser.write(text.data(), text.size(), failure);
    return !failure;
}

} // namespace aloft::chat::json
