#include "reference/completion.hpp"

#include "terminal/help_format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app)
{
    const auto all = app.get_subcommands({});
    return {all.begin(), all.end()};
}

std::vector<const CLI::Option*> options_of(const CLI::App& command)
{
    return command.get_options(
        [](const CLI::Option* one) { return !one->get_positional() && one->nonpositional(); });
}

std::vector<std::string> spellings(const CLI::Option& option)
{
    std::vector<std::string> all;
    for (const auto& name : option.get_snames())
        all.push_back("-" + name);
    for (const auto& name : option.get_lnames())
        all.push_back("--" + name);
    return all;
}

bool takes_file(const CLI::Option& option)
{
    return option_value(option) == "FILE" || option_value(option) == "DATA";
}

/// `text` for between single quotes of a shell.
std::string shell_text(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out;
}

/// As above, for a description of zsh's _arguments, where brackets and colons have a meaning.
std::string zsh_text(std::string_view text)
{
    std::string out;
    for (const char c : shell_text(text)) {
        if (c == '[' || c == ']' || c == ':')
            out += '\\';
        out += c;
    }
    return out;
}

std::string bash(const CLI::App& app)
{
    std::string cases;
    std::string names;
    std::string with_value;
    for (const auto* command : commands_of(app)) {
        names += command->get_name() + " ";
        std::string words;
        for (const auto* below : commands_of(*command))
            words += below->get_name() + " ";
        for (const auto* option : options_of(*command)) {
            for (const auto& word : spellings(*option)) {
                words += word + " ";
                if (!option_value(*option).empty() && !takes_file(*option))
                    with_value += "|" + command->get_name() + "," + word;
            }
        }
        cases += fmt::format("        {}) words='{}' ;;\n", command->get_name(), words);
    }
    return fmt::format(R"(# bash completion of aloft
_aloft() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} words='{}--help --version'
    if ((COMP_CWORD > 1)); then
        case ${{COMP_WORDS[1]}},${{COMP_WORDS[COMP_CWORD - 1]}} in
        {}) return ;;
        esac
        case ${{COMP_WORDS[1]}} in
{}        esac
        if [[ $word != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
        fi
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o filenames -F _aloft aloft
)",
                       names, with_value.substr(1), cases);
}

/// _arguments with a command's options, indented as deep as it stands.
std::string zsh_arguments(const CLI::App& command, const std::string& indent)
{
    auto out = indent + "_arguments";
    for (const auto* option : options_of(command)) {
        const auto value = option_value(*option);
        for (const auto& word : spellings(*option)) {
            out += fmt::format(" \\\n{}    '{}[{}]", indent, word,
                               zsh_text(option->get_description()));
            if (!value.empty())
                out += fmt::format(":{}:{}", value, takes_file(*option) ? "_files" : "");
            out += "'";
        }
    }
    return out + " \\\n" + indent + "    '*::file:_files'\n";
}

/// The commands below a command, for where its name and, of these, perhaps one were typed.
std::string zsh_commands_below(const CLI::App& command)
{
    std::string names;
    std::string cases;
    for (const auto* below : commands_of(command)) {
        names += fmt::format(" '{}:{}'", below->get_name(), zsh_text(below->get_description()));
        cases += fmt::format("            {})\n                shift words\n                "
                             "((CURRENT--))\n{}                return\n                ;;\n",
                             below->get_name(), zsh_arguments(*below, "                "));
    }
    if (names.empty())
        return names;
    return fmt::format(R"(            if ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then
                local -a below=({} )
                _describe command below
            fi
            case $words[2] in
{}            esac
)",
                       names, cases);
}

std::string zsh(const CLI::App& app)
{
    std::string names;
    std::string cases;
    for (const auto* command : commands_of(app)) {
        names += fmt::format("            '{}:{}'\n", command->get_name(),
                             zsh_text(command->get_description()));
        cases += fmt::format("        {})\n{}{}            ;;\n", command->get_name(),
                             zsh_commands_below(*command), zsh_arguments(*command, "            "));
    }
    return fmt::format(R"(#compdef aloft
_aloft() {{
    local -a commands
    if ((CURRENT == 2)); then
        commands=(
{}        )
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    ((CURRENT--))
    case $command in
{}    esac
}}
_aloft "$@"
)",
                       names, cases);
}

std::string fish(const CLI::App& app)
{
    std::string out = "complete -c aloft -f\n";
    for (const auto* command : commands_of(app)) {
        const auto& name = command->get_name();
        out += fmt::format("complete -c aloft -n __fish_use_subcommand -a {} -d '{}'\n", name,
                           shell_text(command->get_description()));
        const auto where =
            fmt::format("complete -c aloft -n '__fish_seen_subcommand_from {}'", name);
        for (const auto* below : commands_of(*command))
            out += fmt::format("{} -a {} -d '{}'\n", where, below->get_name(),
                               shell_text(below->get_description()));
        for (const auto* option : options_of(*command)) {
            out += where;
            for (const auto& letter : option->get_snames())
                out += " -s " + letter;
            for (const auto& word : option->get_lnames())
                out += " -l " + word;
            if (!option_value(*option).empty())
                out += takes_file(*option) ? " -r -F" : " -x";
            out += fmt::format(" -d '{}'\n", shell_text(option->get_description()));
        }
        out += where + " -F\n";
    }
    return out;
}

} // namespace

void add_completion_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto shell = std::make_shared<std::string>();
    auto& command = *app.add_subcommand(
        "completion", "Print what a shell needs to complete aloft's command lines");
    command.add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command.footer("For this session: source <(aloft completion bash)");
    command.callback([shell, &app, &chosen] {
        chosen = [shell, &app] {
            fmt::print("{}", *shell == "bash" ? bash(app) : *shell == "zsh" ? zsh(app) : fish(app));
            return 0;
        };
    });
}

} // namespace aloft::tools
