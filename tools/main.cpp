#include "demo/demo_command.hpp"
#include "run/run_command.hpp"
#include "sim/sim_command.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

int main(int argc, char** argv)
{
    CLI::App app("aloft keeps thousands of requests in flight", "aloft");
    app.set_version_flag("--version", std::string("aloft ") + ALOFT_VERSION);
    app.require_subcommand(1);
    std::function<int()> chosen;
    aloft::tools::add_run_command(app, chosen);
    aloft::tools::add_sim_command(app, chosen);
    aloft::tools::add_demo_command(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
        return app.exit(stop) == 0 ? 0 : 2; // --help and --version come this way, too
    }
    return chosen();
}
