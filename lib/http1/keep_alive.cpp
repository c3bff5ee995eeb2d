#include "http1/keep_alive.hpp"

#include <algorithm>
#include <charconv>

namespace aloft::http1 {
namespace {

constexpr std::uint64_t a_day = 24 * 60 * 60;

std::string_view trimmed(std::string_view text)
{
    const auto first = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

bool same(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

keep_alive read_keep_alive(std::string_view value)
{
    keep_alive found;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        const auto parameter = trimmed(value.substr(0, comma));
        value.remove_prefix(std::min(comma + 1, value.size()));
        const auto equals = std::min(parameter.find('='), parameter.size());
        const auto name = trimmed(parameter.substr(0, equals));
        const auto text = trimmed(parameter.substr(std::min(equals + 1, parameter.size())));
        if (same(name, "timeout")) {
            if (const auto seconds = number(text))
                found.timeout = std::min(*seconds, a_day) * 1000;
        } else if (same(name, "max")) {
            found.max = number(text);
        }
    }
    return found;
}

} // namespace aloft::http1
