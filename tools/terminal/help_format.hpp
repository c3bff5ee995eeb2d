#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>

#include <string>
#include <vector>

namespace aloft::tools {

/// --help in two columns that fit the terminal: what may be given, and what it does. Defaults and
/// environment variables stand behind the description.
class help_format final : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_group(std::string group, bool positional,
                           std::vector<const CLI::Option*> options) const override;
    std::string make_option(const CLI::Option* option, bool positional) const override;
    std::string make_subcommand(const CLI::App* command) const override;
    std::string make_footer(const CLI::App* app) const override;
};

/// The group of options that --help leaves out. Errors name them, which those of no group they do
/// not.
constexpr const char* left_out_options = "left out";

/// What an option is called, with its value: "-o, --output FILE".
std::string option_heading(const CLI::Option& option);
/// The kind of its value, in capitals; empty for a flag.
std::string option_value(const CLI::Option& option);
/// Its description with default and environment.
std::string option_text(const CLI::Option& option);

} // namespace aloft::tools
