#include "bench/compare_command.hpp"

#include "bench/compare.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace aloft::tools::bench {
namespace {

class compare_arguments {
public:
    std::string before;
    std::string after;
};

int compare(const compare_arguments& given)
{
    std::string problem;
    const auto before = read_saved(given.before, problem);
    const auto after = problem.empty() ? read_saved(given.after, problem) : boost::json::object();
    if (!problem.empty()) {
        fmt::print(stderr, "aloft bench compare: {}\n", problem);
        return 2;
    }
    fmt::print("{}", comparison(before, after));
    return 0;
}

} // namespace

void add_compare_command(CLI::App& bench, std::function<int()>& chosen)
{
    const auto given = std::make_shared<compare_arguments>();
    auto& command = *bench.add_subcommand("compare", "Say what changed between two saved runs");
    command.group("Commands");
    command.add_option("before", given->before, "JSON of the earlier run, from aloft or vLLM")
        ->type_name("BEFORE")
        ->required();
    command.add_option("after", given->after, "JSON of the later run")
        ->type_name("AFTER")
        ->required();
    command.callback([given, &chosen] { chosen = [given] { return compare(*given); }; });
}

} // namespace aloft::tools::bench
