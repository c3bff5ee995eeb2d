#include "configuration/configuration_arguments.hpp"

#include "terminal/help_format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools {
namespace {

/// The group of rare options in --help.
constexpr const char* rare_options = "Reaching a server";

CLI::Validator setting_check(const value_rules& rules)
{
    const auto check = [rules](const std::string& text) {
        std::string problem;
        static_cast<void>(rules.read(text, true, problem));
        return problem;
    };
    return {check, ""};
}

std::string description(const setting<configuration>& of, const setting_flag& flag)
{
    std::string text(flag.what.empty() ? of.what() : flag.what);
    std::vector<std::string_view> names;
    const auto all = of.variables();
    names.insert(names.end(), all.begin() + 1, all.end());
    names.insert(names.end(), of.shared_variables().begin(), of.shared_variables().end());
    if (!names.empty())
        text += fmt::format(" (environment: {})", fmt::join(names, ", "));
    return text;
}

/// The first of the commands that an option's default is told for.
command first_of(command_set which)
{
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& one) { return which.contains(one.second); });
    return found->second;
}

} // namespace

void configuration_arguments::add_to(CLI::App& command, command_set which)
{
    command.add_option("--config", file_, "Settings are read from this TOML file")
        ->type_name("FILE");
    const auto tells = first_of(which);
    const configuration usual(tells);
    for (const auto& of : all_settings()) {
        const bool wanted = std::any_of(commands.begin(), commands.end(), [&](const auto& one) {
            return which.contains(one.second) && of.has_flags(one.second);
        });
        const bool tell = of.rules().what != value_rules::kind::secret &&
                          of.inherited_from().empty() && of.commands().contains(tells);
        if (wanted)
            declare(command, of, tell ? of.rules().show(of.value(usual)) : std::string());
    }
}

void configuration_arguments::declare(CLI::App& command, const setting<configuration>& of,
                                      const std::string& usual)
{
    using kind = value_rules::kind;
    std::vector<CLI::Option*> options;
    for (const auto& flag : of.flags()) {
        const std::string names(flag.names);
        const auto text = description(of, flag);
        CLI::Option* option = nullptr;
        if (flag.value.empty()) {
            option = command.add_flag(names, text)->check(setting_check(any(kind::truth)));
        } else {
            option = command.add_option(names, text);
            option->type_name(std::string(flag.value))->check(setting_check(of.rules()));
            option->default_str(usual);
            if (of.rules().what == kind::list || of.rules().what == kind::addresses)
                option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
        }
        if (of.is_rare())
            option->group(rare_options);
        for (auto* const other : options)
            option->excludes(other);
        options.push_back(option);
        declared_.push_back({&of, flag.name(), flag.implies, option});
    }
}

configured configuration_arguments::read(command which) const
{
    std::vector<given_flag> flags;
    for (const auto& one : declared_) {
        if (one.option->count() == 0)
            continue;
        auto values = one.option->results();
        if (!one.implies.empty() && values.back() != "false")
            values = {std::string(one.implies)}; // else it says so itself: --hedge=false
        else if (!one.implies.empty() && one.of->rules().what != value_rules::kind::truth)
            continue;
        given_flag given{one.of, std::string(one.name), std::move(values)};
        flags.push_back(std::move(given));
    }
    return {which, configuration_path(file_), flags};
}

void shorten_help(CLI::App& command)
{
    std::vector<CLI::Option*> rare;
    for (auto* const option : command.get_options()) {
        if (option->get_group() == rare_options)
            rare.push_back(option->group(left_out_options));
    }
    command.add_flag_callback(
        "--help-all",
        [rare] {
            for (auto* const option : rare)
                option->group(rare_options);
            throw CLI::CallForHelp();
        },
        "Print this, and how servers are reached");
}

} // namespace aloft::tools
