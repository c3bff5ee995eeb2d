#include "configuration/setting_value.hpp"

#include "configuration/nearest_name.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace aloft::tools {
namespace {

using std::chrono::milliseconds;

class unit {
public:
    std::string_view name;
    double factor;
};

constexpr std::array<unit, 4> time_units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<unit, 10> size_units{{{"GiB", 1073741824},
                                           {"MiB", 1048576},
                                           {"KiB", 1024},
                                           {"B", 1},
                                           {"GB", 1073741824},
                                           {"MB", 1048576},
                                           {"KB", 1024},
                                           {"G", 1073741824},
                                           {"M", 1048576},
                                           {"K", 1024}}};
constexpr double most_seconds = 1e9; // beyond it, clocks come to their end

template <class Number>
std::optional<Number> whole_number(std::string_view text)
{
    Number value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// A number with a unit behind it. Without one, `otherwise` counts; 0: there has to be one.
template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const std::array<unit, N>& units,
                                double otherwise)
{
    double value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || !std::isfinite(value))
        return std::nullopt;
    const std::string_view behind(read.ptr, static_cast<std::size_t>(end - read.ptr));
    if (behind.empty())
        return otherwise != 0 ? std::optional(value * otherwise) : std::nullopt;
    for (const auto& one : units) {
        if (one.name == behind)
            return value * one.factor;
    }
    return std::nullopt;
}

/// In the largest unit in which it is a whole number.
template <std::size_t N>
std::string in_units(std::uint64_t value, const std::array<unit, N>& units, std::size_t count)
{
    for (std::size_t i = 0; i + 1 < count; ++i) {
        const auto factor = static_cast<std::uint64_t>(units[i].factor);
        if (value != 0 && value % factor == 0)
            return fmt::format("{}{}", value / factor, units[i].name);
    }
    return fmt::format("{}{}", value, units[count - 1].name);
}

std::string time_text(double value)
{
    return in_units(static_cast<std::uint64_t>(value), time_units, time_units.size());
}

std::string size_value_text(double value)
{
    return in_units(static_cast<std::uint64_t>(value), size_units, 4);
}

std::string quoted(std::string_view text)
{
    return fmt::format("\"{}\"", text);
}

std::string joined(const std::vector<std::string>& parts)
{
    return fmt::format("{}", fmt::join(parts, " "));
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> all;
    while (true) {
        const auto begin = text.find_first_not_of(" \t\n");
        if (begin == std::string_view::npos)
            return all;
        text.remove_prefix(begin);
        all.emplace_back(text.substr(0, text.find_first_of(" \t\n")));
        text.remove_prefix(all.back().size());
    }
}

} // namespace

std::string file_value::text() const
{
    class writer {
    public:
        std::string operator()(bool value) const { return value ? "true" : "false"; }
        std::string operator()(std::int64_t value) const { return std::to_string(value); }
        std::string operator()(double value) const { return fmt::format("{}", value); }
        std::string operator()(const std::string& value) const { return quoted(value); }
        std::string operator()(const std::vector<std::string>& value) const
        {
            return value.empty() ? "an empty list" : "a list";
        }
        std::string operator()(const std::map<std::string, std::string>&) const
        {
            return "a table";
        }
        std::string operator()(const other& value) const { return value.what; }
    };
    return std::visit(writer(), is);
}

std::string without_password(std::string_view url)
{
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto authority = url.substr(begin, url.substr(begin).find_first_of("/?#"));
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos)
        return std::string(url);
    return fmt::format("{}***{}", url.substr(0, begin), url.substr(begin + at));
}

std::string value_rules::name() const
{
    const std::string off = may_be_off ? " or off" : "";
    switch (what) {
    case kind::truth: return "true or false";
    case kind::count: return fmt::format("{:.0f} to {:.0f}", least, most) + off;
    case kind::number: return fmt::format("{} to {}", least, most) + off;
    case kind::time: return "time" + off;
    case kind::size: return "size";
    case kind::text: return "text";
    case kind::secret: return "secret";
    case kind::address: return "URL";
    case kind::file: return "file";
    case kind::choice: return fmt::format("{}", fmt::join(choices, ", "));
    case kind::list: return "texts";
    case kind::addresses: return "URLs";
    case kind::names: return "names";
    }
    return {};
}

std::string value_rules::wanted(bool flag) const
{
    const std::string or_off = may_be_off ? ", or \"off\"" : "";
    switch (what) {
    case kind::truth: return "true or false";
    case kind::count:
        return fmt::format("a whole number from {:.0f} to {:.0f}", least, most) + or_off;
    case kind::number: return fmt::format("a number from {} to {}", least, most) + or_off;
    case kind::time:
        return flag ? "seconds, such as 2.5"
                    : "a time with its unit (ms, s, m or h), such as \"30s\"" + or_off;
    case kind::size:
        return flag ? "a size, such as 256MiB"
                    : "a size with its unit (B, KiB, MiB or GiB), such as \"256MiB\"";
    case kind::text:
    case kind::secret: return "a text";
    case kind::address: return "a URL";
    case kind::file: return "the path of a file";
    case kind::list: return "a list of texts";
    case kind::addresses: return "a URL or a list of them";
    case kind::names: return "a list of names, or a table with the name there behind each";
    case kind::choice: break;
    }
    std::string all;
    for (std::size_t i = 0; i != choices.size(); ++i) {
        const auto* const between = i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ";
        all += between + quoted(choices[i]);
    }
    return all;
}

setting_value value_rules::read(const file_value& written, std::string& problem) const
{
    const auto* const text = std::get_if<std::string>(&written.is);
    const auto* const whole = std::get_if<std::int64_t>(&written.is);
    const auto* const real = std::get_if<double>(&written.is);
    const auto* const list = std::get_if<std::vector<std::string>>(&written.is);
    const auto* const names = std::get_if<std::map<std::string, std::string>>(&written.is);
    if (text != nullptr && may_be_off && *text == "off")
        return std::monostate();
    switch (what) {
    case kind::truth:
        if (const auto* const value = std::get_if<bool>(&written.is))
            return *value;
        break;
    case kind::count:
        if (whole != nullptr)
            return read_count(std::to_string(*whole), problem);
        break;
    case kind::number:
        if (whole != nullptr)
            return read_number(std::to_string(*whole), problem);
        if (real != nullptr)
            return read_number(fmt::format("{}", *real), problem);
        break;
    case kind::names:
        if (names != nullptr)
            return *names;
        if (list != nullptr) {
            std::map<std::string, std::string> made;
            for (const auto& one : *list)
                made[one];
            return made;
        }
        break;
    case kind::list:
    case kind::addresses:
        if (list != nullptr && (what == kind::list || !list->empty()))
            return *list;
        [[fallthrough]];
    default:
        if (text != nullptr)
            return what == kind::list || what == kind::addresses ? setting_value(std::vector{*text})
                                                                 : read(*text, false, problem);
    }
    problem = fmt::format("wants {}, not {}", wanted(false), written.text());
    if (what == kind::secret)
        problem = "wants a text";
    return {};
}

setting_value value_rules::read(std::string_view text, bool flag, std::string& problem) const
{
    if (may_be_off && (text == "off" || (flag && what == kind::time && text == "0")))
        return std::monostate();
    switch (what) {
    case kind::truth:
        if (text == "true" || text == "false")
            return text == "true";
        problem = fmt::format("wants {}, not {}", wanted(flag), quoted(text));
        return {};
    case kind::count: return read_count(text, problem);
    case kind::number: return read_number(text, problem);
    case kind::time: return read_time(text, flag, problem);
    case kind::size: return read_size(text, flag, problem);
    case kind::choice: return read_choice(text, problem);
    case kind::list:
    case kind::addresses: return flag ? std::vector{std::string(text)} : words_of(text);
    default: return std::string(text);
    }
}

setting_value value_rules::read_count(std::string_view text, std::string& problem) const
{
    const auto value = whole_number<std::uint64_t>(text);
    if (value && within(static_cast<double>(*value)))
        return *value;
    const bool number = whole_number<std::int64_t>(text).has_value();
    problem =
        fmt::format("wants {}, not {}", wanted(false), number ? std::string(text) : quoted(text));
    return {};
}

setting_value value_rules::read_number(std::string_view text, std::string& problem) const
{
    double value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool number = read.ec == std::errc() && read.ptr == end;
    if (number && within(value))
        return value;
    problem =
        fmt::format("wants {}, not {}", wanted(false), number ? std::string(text) : quoted(text));
    return {};
}

setting_value value_rules::read_time(std::string_view text, bool flag, std::string& problem) const
{
    const auto given = with_unit(text, time_units, flag ? 1000 : 0);
    if (!given || *given < 0 || *given > most_seconds * 1000) {
        problem = fmt::format("wants {}, not {}", wanted(flag), quoted(text));
        return {};
    }
    const auto value = std::ceil(*given);
    if (within(value))
        return milliseconds(static_cast<std::int64_t>(value));
    problem = fmt::format("wants a time from {} to {}, not {}", time_text(least), time_text(most),
                          quoted(text));
    return {};
}

setting_value value_rules::read_size(std::string_view text, bool flag, std::string& problem) const
{
    const auto value = with_unit(text, size_units, flag ? 1 : 0);
    if (!value) {
        problem = fmt::format("wants {}, not {}", wanted(flag), quoted(text));
        return {};
    }
    if (within(*value))
        return static_cast<std::uint64_t>(*value);
    problem = fmt::format("wants a size from {} to {}, not {}", size_value_text(least),
                          size_value_text(most), quoted(text));
    return {};
}

setting_value value_rules::read_choice(std::string_view text, std::string& problem) const
{
    for (const auto& one : choices) {
        if (one == text)
            return std::string(text);
    }
    problem = fmt::format("wants {}, not {}", wanted(false), quoted(text));
    const auto meant = nearest_name(text, choices);
    if (!meant.empty() && choices.size() > 2)
        problem += fmt::format("; did you mean {}?", quoted(meant));
    return {};
}

std::string value_rules::show(const setting_value& value) const
{
    if (std::holds_alternative<std::monostate>(value))
        return may_be_off ? "off" : "";
    switch (what) {
    case kind::truth: return std::get<bool>(value) ? "true" : "false";
    case kind::count: return std::to_string(std::get<std::uint64_t>(value));
    case kind::number: return fmt::format("{}", std::get<double>(value));
    case kind::time: return time_text(static_cast<double>(std::get<milliseconds>(value).count()));
    case kind::size: return size_value_text(static_cast<double>(std::get<std::uint64_t>(value)));
    case kind::secret: return std::get<std::string>(value).empty() ? "" : "set";
    case kind::address: return without_password(std::get<std::string>(value));
    case kind::list: return joined(std::get<std::vector<std::string>>(value));
    case kind::addresses: {
        auto all = std::get<std::vector<std::string>>(value);
        for (auto& one : all)
            one = without_password(one);
        return joined(all);
    }
    case kind::names: {
        std::vector<std::string> all;
        for (const auto& [name, there] : std::get<std::map<std::string, std::string>>(value))
            all.push_back(there.empty() ? name : name + "=" + there);
        return joined(all);
    }
    default: return std::get<std::string>(value);
    }
}

} // namespace aloft::tools
