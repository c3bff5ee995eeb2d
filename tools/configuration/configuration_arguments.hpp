#pragma once

#include "configuration/configured.hpp"

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <vector>

namespace aloft::tools {

/// The options of a command line that are settings, and --config. Made of the table of settings.
class configuration_arguments {
public:
    /// Declares them. \param which  the command, or the set whose options there are
    void add_to(CLI::App& command, command_set which);

    /// What they, the environment and the file come to. Throws boost::system::system_error, with a
    /// message for people, where they cannot be used.
    [[nodiscard]] configured read(command which) const;

private:
    class declared {
    public:
        const setting<configuration>* of;
        std::string_view name;
        std::string_view implies;
        CLI::Option* option;
    };

    void declare(CLI::App& command, const setting<configuration>& of, const std::string& usual);

    std::optional<std::string> file_;
    std::vector<declared> declared_;
};

/// Leaves those that are rare out of --help; --help-all then shows them.
void shorten_help(CLI::App& command);

} // namespace aloft::tools
