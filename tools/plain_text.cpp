#include "plain_text.hpp"

#include <simdjson.h>

#include <algorithm>

namespace aloft::tools {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

bool continues(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t sequence_length(char lead)
{
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80U ? 1U : byte < 0xE0U ? 2U : byte < 0xF0U ? 3U : 4U;
}

} // namespace

std::string as_utf8(std::string_view text)
{
    std::string made;
    if (simdjson::validate_utf8(text.data(), text.size()))
        return made.assign(text);
    while (!text.empty()) {
        auto size = std::min(sequence_length(text.front()), text.size());
        if (simdjson::validate_utf8(text.data(), size)) {
            made.append(text.substr(0, size));
        } else {
            made.append(replacement);
            size = 1;
        }
        text.remove_prefix(size);
    }
    return made;
}

std::string one_line(std::string_view text, std::size_t longest)
{
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    auto shown = text.substr(0, text.find_first_of("\r\n"));
    if (shown.size() > longest) {
        while (longest != 0 && continues(shown[longest]))
            --longest; // no part of a character
        shown = shown.substr(0, longest);
    }
    auto made = as_utf8(shown);
    std::replace_if(
        made.begin(), made.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, '?');
    return shown.size() < text.size() ? made + " ..." : made;
}

} // namespace aloft::tools
