#include "reference/man_page.hpp"

#include "configuration/settings.hpp"
#include "terminal/help_format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace aloft::tools {
namespace {

/// `text` as roff takes it: no hyphen that is a dash, no line that is a request.
std::string roff(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '-')
            out += '\\';
        else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
            out += "\\&";
        out += c;
    }
    return out;
}

std::string section_of(const CLI::App& command, const std::string& before)
{
    const auto name = before + " " + command.get_name();
    auto out = fmt::format(".SS {}\n{}.\n", roff(name), roff(command.get_description()));
    for (const auto* option : command.get_options()) {
        out += fmt::format(".TP\n.B {}\n{}\n", roff(option_heading(*option)),
                           roff(option_text(*option)));
    }
    if (!command.get_footer().empty())
        out += fmt::format(".PP\n{}\n", roff(command.get_footer()));
    for (const auto* below : command.get_subcommands({}))
        out += section_of(*below, name);
    return out;
}

constexpr std::string_view environment = R"(.SH ENVIRONMENT
.TP
.B ALOFT_CONFIG
The configuration file, where \-\-config is not given.
.TP
.B ALOFT_...
Each setting of the configuration file: ALOFT_ and its key in capitals, with _ for the dot, such as
ALOFT_RETRIES_ATTEMPTS. They go before the file, and options before them.
.TP
.B PHONE_AGENT_BASE_URL, PHONE_AGENT_API_KEY, PHONE_AGENT_MODEL
The same as ALOFT_BASE_URL, ALOFT_API_KEY and ALOFT_MODEL.
.TP
.B OPENAI_BASE_URL, OPENAI_API_KEY
Where nothing else says it, the file included.
.TP
.B HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
Where neither options nor the file say it.
.TP
.B NO_COLOR
Where it is set and not empty, nothing is coloured. Only terminals see colours anyway.
.SH FILES
.TP
.B ~/.config/aloft/config.toml
The configuration file, where no other is named; in $XDG_CONFIG_HOME where that is set. Its settings:
)";

/// The settings of the file, and what each takes.
std::string settings_section()
{
    std::string out;
    for (const auto& of : all_settings())
        out += fmt::format(".TP\n.B {}\n{} ({}).\n", roff(of.key()), roff(of.what()),
                           roff(of.rules().name()));
    for (const auto& of : all_server_settings())
        out += fmt::format(".TP\n.B {}\n{} ({}).\n", roff(fmt::format("servers.{}", of.key())),
                           roff(of.what()), roff(of.rules().name()));
    return out;
}

int print(const CLI::App& app)
{
    fmt::print(".TH ALOFT 1 \"\" \"aloft {}\" \"User Commands\"\n"
               ".SH NAME\naloft \\- {}\n"
               ".SH SYNOPSIS\n.B aloft\n.I COMMAND\n[OPTIONS]\n"
               ".SH COMMANDS\n",
               ALOFT_VERSION, roff(app.get_description()));
    for (const auto* command : app.get_subcommands({}))
        fmt::print("{}", section_of(*command, "aloft"));
    fmt::print("{}{}", environment, settings_section());
    return 0;
}

} // namespace

void add_man_command(CLI::App& app, std::function<int()>& chosen)
{
    auto& command = *app.add_subcommand("man", "Print the manual page");
    command.footer("To read it where it is not installed: aloft man | man -l -");
    command.callback([&app, &chosen] { chosen = [&app] { return print(app); }; });
}

} // namespace aloft::tools
