#include "sim/script_words.hpp"

#include <charconv>
#include <cmath>

namespace aloft::sim {

std::optional<double> parse_number(std::string_view text)
{
    double value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, ec] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (ec != std::errc() || stop != end || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

std::optional<std::chrono::microseconds> parse_duration(std::string_view text)
{
    double unit = 0;
    if (text.ends_with("us"))
        unit = 1;
    else if (text.ends_with("ms"))
        unit = 1e3;
    else if (text.ends_with("s"))
        unit = 1e6;
    else
        return std::nullopt;
    text.remove_suffix(unit == 1e6 ? 1 : 2);
    const auto value = parse_number(text);
    if (!value || *value < 0 || *value * unit > 1e12)
        return std::nullopt;
    return std::chrono::microseconds(std::llround(*value * unit));
}

std::string_view script_words::peek() const noexcept
{
    if (rest_.starts_with('"')) {
        const auto close = rest_.find('"', 1);
        return rest_.substr(1, close == std::string_view::npos ? close : close - 1);
    }
    return rest_.substr(0, rest_.find_first_of(" \t\r"));
}

std::string_view script_words::take() noexcept
{
    const auto word = peek();
    if (rest_.starts_with('"'))
        rest_.remove_prefix(std::min(rest_.size(), word.size() + 2));
    else
        rest_.remove_prefix(word.size());
    skip_blanks();
    return word;
}

void script_words::skip_blanks() noexcept
{
    rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(" \t\r")));
}

} // namespace aloft::sim
