#include "bench/bench_command.hpp"
#include "chat/chat_command.hpp"
#include "demo/demo_command.hpp"
#include "explain/explain_command.hpp"
#include "models/models_command.hpp"
#include "reference/completion.hpp"
#include "reference/man_page.hpp"
#include "reference/version.hpp"
#include "run/run_command.hpp"
#include "send/send_command.hpp"
#include "sim/sim_command.hpp"
#include "sse/sse_command.hpp"
#include "terminal/help_format.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>

namespace {

constexpr int bad_usage = 2;

/// --help and --version arrive as exceptions, as wrong usage does.
int stopped(const CLI::App& app, const char* first, const CLI::ParseError& why)
{
    if (why.get_exit_code() == 0)
        return app.exit(why);
    std::string name = "aloft";
    std::string what = why.what();
    for (const auto* command : app.get_subcommands())
        name += " " + command->get_name();
    if (app.get_subcommands().empty() && first != nullptr && *first != '-')
        what = fmt::format("there is no command \"{}\"", first);
    fmt::print(stderr, "{0}: {1}; {0} --help tells what may be given\n", name, what);
    return bad_usage;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("calls model servers, thousands of requests at once", "aloft");
    app.formatter(std::make_shared<aloft::tools::help_format>());
    app.set_help_flag("-h,--help", "Print this");
    app.set_version_flag("--version", aloft::tools::version_text,
                         "Print the version, and those of the libraries below");
    app.require_subcommand(1);
    std::function<int()> chosen;
    aloft::tools::add_run_command(app, chosen);
    aloft::tools::add_chat_command(app, chosen);
    aloft::tools::add_models_command(app, chosen);
    aloft::tools::add_bench_command(app, chosen);
    aloft::tools::add_send_command(app, chosen);
    aloft::tools::add_sse_command(app, chosen);
    aloft::tools::add_sim_command(app, chosen);
    aloft::tools::add_explain_command(app, chosen);
    aloft::tools::add_demo_command(app, chosen);
    aloft::tools::add_completion_command(app, chosen);
    aloft::tools::add_man_command(app, chosen);
    for (auto* command : app.get_subcommands({}))
        command->group("Commands");
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of the write
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& why) {
        return stopped(app, argc > 1 ? argv[1] : nullptr, why);
    }
    return chosen();
}
