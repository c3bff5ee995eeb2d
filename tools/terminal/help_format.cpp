#include "terminal/help_format.hpp"

#include <CLI/Option.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace aloft::tools {
namespace {

constexpr std::size_t left_column = 30;
constexpr std::size_t widest = 100;
constexpr std::size_t narrowest = 60;

std::size_t screen_width()
{
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return widest;
    return std::clamp<std::size_t>(size.ws_col, narrowest, widest);
}

/// `text` broken between words, each line after the first behind `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent)
{
    const auto width = screen_width() - indent;
    std::string out;
    while (text.size() > width) {
        auto at = text.rfind(' ', width);
        if (at == std::string_view::npos)
            at = std::min(text.find(' '), text.size());
        out.append(text.substr(0, at)).append("\n").append(indent, ' ');
        text.remove_prefix(std::min(at + 1, text.size()));
    }
    return out.append(text).append("\n");
}

std::string row(const std::string& left, const std::string& right)
{
    const auto line = "  " + left;
    if (line.size() + 2 > left_column)
        return line + "\n" + std::string(left_column, ' ') + wrapped(right, left_column);
    return line + std::string(left_column - line.size(), ' ') + wrapped(right, left_column);
}

} // namespace

std::string option_value(const CLI::Option& option)
{
    if (option.get_items_expected_max() == 0)
        return {};
    // CLI11 puts the names of checks behind the type's.
    auto type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

std::string option_heading(const CLI::Option& option)
{
    std::string names;
    for (const auto& name : option.get_snames())
        names.append(names.empty() ? "-" : ", -").append(name);
    for (const auto& name : option.get_lnames())
        names.append(names.empty() ? "--" : ", --").append(name);
    const auto value = option_value(option);
    if (option.get_positional())
        return value;
    return value.empty() ? names : names + " " + value;
}

std::string option_text(const CLI::Option& option)
{
    auto text = option.get_description();
    if (const auto& standard = option.get_default_str(); !standard.empty())
        text += fmt::format(" [{}]", standard);
    if (const auto& name = option.get_envname(); !name.empty())
        text += fmt::format(" (environment: {})", name);
    return text;
}

std::string help_format::make_usage(const CLI::App* app, std::string name) const
{
    auto usage = "\nUsage: " + name;
    if (app->get_require_subcommand_min() != 0)
        return usage + " COMMAND [OPTIONS]\n";
    usage += " [OPTIONS]";
    for (const auto* option :
         app->get_options([](const CLI::Option* one) { return one->get_positional(); }))
        usage += option->get_required() ? " " + option_value(*option)
                                        : " [" + option_value(*option) + "]";
    return usage + "\n";
}

std::string help_format::make_group(std::string group, bool positional,
                                    std::vector<const CLI::Option*> options) const
{
    if (group == left_out_options)
        return {};
    return Formatter::make_group(std::move(group), positional, std::move(options));
}

std::string help_format::make_option(const CLI::Option* option, bool) const
{
    return row(option_heading(*option), option_text(*option));
}

std::string help_format::make_subcommand(const CLI::App* command) const
{
    return row(command->get_name(), command->get_description());
}

std::string help_format::make_footer(const CLI::App* app) const
{
    const auto text = app->get_footer();
    return text.empty() ? std::string() : wrapped(text, 0);
}

} // namespace aloft::tools
