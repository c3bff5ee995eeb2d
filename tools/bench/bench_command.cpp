#include "bench/bench_command.hpp"

#include "bench/bench_arguments.hpp"
#include "bench/compare_command.hpp"
#include "bench/console_table.hpp"
#include "bench/html_report.hpp"
#include "bench/json_report.hpp"
#include "bench/plain_json.hpp"
#include "bench/processes.hpp"
#include "bench/self_check.hpp"
#include "bench/sweep.hpp"
#include "bench/trial.hpp"
#include "process_usage.hpp"
#include "remedy.hpp"
#include "run/replacement_file.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {
namespace {

using namespace bench;

constexpr int some_failed = 1;
constexpr int bad_usage = 2;
constexpr int no_output = 3;
constexpr int by_signal = 130;

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft bench: {}\n", problem);
    return code;
}

bool write_file(const std::string& path, std::string_view text, std::string& problem)
{
    if (path.empty())
        return true;
    replacement_file file(path);
    file.write(text);
    return file.commit(false, problem);
}

bool write_records(const std::string& path, const measurements& seen, std::string& problem)
{
    if (path.empty())
        return true;
    replacement_file file(path);
    for (const auto& one : seen.records)
        file.write(record_line(one, seen));
    return file.commit(false, problem);
}

bool write_reports(const bench_arguments& given, const run_facts& facts, const measurements& seen,
                   const summary& result, const std::string& json,
                   const std::vector<sweep_step>& steps, std::string& problem)
{
    const auto write_html = [&] {
        return given.html_file.empty() ||
               write_file(given.html_file, html_report(facts, seen, result, steps), problem);
    };
    return write_file(given.json_file, json, problem) &&
           write_file(given.csv_file, csv_report(facts, seen, result), problem) &&
           write_records(given.record_file, seen, problem) && write_html();
}

int report(const bench_arguments& given, const run_facts& facts, const measurements& seen,
           const std::vector<sweep_step>& steps)
{
    const summary result(seen, facts.load.objectives);
    const auto json = plain_json(json_report(facts, seen, result, steps)) + "\n";
    if (given.json)
        fmt::print("{}", json);
    else
        fmt::print("{}", console_table(facts, seen, result));
    std::string problem;
    if (!write_reports(given, facts, seen, result, json, steps, problem))
        return complain(problem, no_output);
    if (seen.interrupted)
        return by_signal;
    if (result.failed != 0 || result.all() == 0)
        return some_failed;
    if (given.strict && !doubts(facts, seen, result).empty())
        return complain("the figures may be distorted, see the warnings", some_failed);
    return 0;
}

/// A sweep: what is reported is the run at the rate that was found.
int find_rate(const bench_arguments& given, run_facts& facts, const sweep_settings& with,
              const autoglm::options& server, workload& prompts)
{
    std::string problem;
    const auto found =
        sweep_rates(with, facts.load, server, prompts, given.processes, given.quiet, problem);
    if (!problem.empty())
        return complain(problem, some_failed);
    facts.load = found.load;
    const auto code = report(given, facts, found.seen, found.steps);
    if (!found.best && code != by_signal)
        return complain(fmt::format("even {:g} requests/s missed the objectives", with.lowest),
                        some_failed);
    if (found.best && !given.json)
        fmt::print("the highest rate within the objectives: {:.2f} requests/s\n", *found.best);
    return code;
}

int run(const bench_arguments& given)
{
    run_facts facts;
    facts.load = given.make_load();
    facts.percentiles = given.make_percentiles();
    const auto sweep = given.make_sweep(facts.load);
    const auto config = given.settings.read(command::bench);
    const auto prompts = given.make_prompts(config.values().model);
    const auto server = given.make_server(facts.load, config);
    facts.base_url = fmt::format("{}", fmt::join(config.base_urls(), ", "));
    facts.model = config.values().model;
    facts.prompts = prompts->text();
    facts.processes = given.processes;
    facts.date = fmt::format("{:%Y%m%d-%H%M%S}", fmt::gmtime(std::time(nullptr)));
    allow_many_files();
    if (const auto problem = try_once(server, *prompts); !problem.empty())
        return complain(problem, some_failed);
    if (!given.no_self_check) {
        facts.off = check_self(facts.load, given.processes, server);
        if (facts.off.interrupted)
            return complain("interrupted", by_signal);
        if (!given.quiet)
            fmt::print(stderr, "{}\n", facts.off.text());
    }
    if (sweep)
        return find_rate(given, facts, *sweep, server, *prompts);
    std::string problem;
    const auto seen = run_load(facts.load, server, *prompts, given.processes, given.quiet, problem);
    if (!problem.empty())
        return complain(problem, some_failed);
    return report(given, facts, seen, {});
}

int guarded(const bench_arguments& given)
{
    try {
        return run(given);
    } catch (const boost::system::system_error& wrong) {
        return complain(said(wrong), bad_usage);
    } catch (const std::runtime_error& wrong) {
        return complain(wrong.what(), bad_usage);
    }
}

} // namespace

void add_bench_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<bench_arguments>();
    auto& command = *app.add_subcommand("bench", "Measure a model server under load");
    given->add_to(command);
    command.footer("Exit codes: 0 every request succeeded, 1 some failed, 2 wrong usage, 3 a file "
                   "cannot be written, 130 interrupted. Measures and files are described in "
                   "docs/guide/bench.md.");
    add_compare_command(command, chosen);
    command.callback([given, &command, &chosen] {
        if (command.get_subcommands().empty())
            chosen = [given] { return guarded(*given); };
    });
}

} // namespace aloft::tools
