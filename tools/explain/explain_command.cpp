#include "explain/explain_command.hpp"

#include "configuration/configuration_arguments.hpp"
#include "explain/explanation.hpp"
#include "remedy.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

namespace aloft::tools {
namespace {

constexpr int bad_usage = 2;

class explain_arguments {
public:
    configuration_arguments settings;
    std::string which = "run";
    bool json = false;
};

/// What the command itself would refuse.
void check_usable(const configured& config)
{
    if (!model_commands.contains(config.which()))
        return;
    static_cast<void>(autoglm::client(boost::asio::system_executor(), config.make_server()));
}

int explain_settings(const explain_arguments& given)
{
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& one) { return one.first == given.which; });
    try {
        const auto config = given.settings.read(found->second);
        check_usable(config);
        const explanation all(config);
        fmt::print("{}", given.json ? all.json() : all.text());
        for (const auto& note : all.notes())
            fmt::print(stderr, "aloft explain: {}\n", note);
        return 0;
    } catch (const boost::system::system_error& wrong) {
        fmt::print(stderr, "aloft explain: {}\n", said(wrong));
        return bad_usage;
    }
}

} // namespace

void add_explain_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<explain_arguments>();
    auto& to = *app.add_subcommand("explain", "Print what a command goes by, and who said so");
    to.add_option("command", given->which, "run, chat, models, bench, send or sse")
        ->type_name("COMMAND")
        ->check(CLI::IsMember({"run", "chat", "models", "bench", "send", "sse"}))
        ->capture_default_str();
    to.add_flag("--json", given->json, "As a JSON object");
    given->settings.add_to(to, all_commands);
    shorten_help(to);
    to.footer(
        "Takes those options of the command that are settings. Nothing is sent, and no secret "
        "is printed. Exit codes: 0 the configuration can be used, 2 it cannot. "
        "docs/guide/configuration.md describes the file.");
    to.callback([given, &chosen] { chosen = [given] { return explain_settings(*given); }; });
}

} // namespace aloft::tools
