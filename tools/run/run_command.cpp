#include "run/run_command.hpp"

#include "configuration/configuration_arguments.hpp"
#include "process_usage.hpp"
#include "remedy.hpp"
#include "run/dry_run.hpp"
#include "run/input_check.hpp"
#include "run/replacement_file.hpp"
#include "run/runner.hpp"

#include <aloft/prometheus.hpp>

#include <CLI/CLI.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unistd.h>

namespace aloft::tools {
namespace {

constexpr int some_failed = 1;
constexpr int bad_usage = 2;
constexpr int no_output = 3;
constexpr int stopped_early = 4;
constexpr int by_signal = 130;

class run_arguments {
public:
    configuration_arguments settings;
    std::string input;
    results::settings output;
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    std::string order = "completion";
    std::string metrics; // a file
    bool only_check = false;
    bool json = false;
    bool quiet = false;
};

prompt_defaults defaults_of(const configuration& values)
{
    prompt_defaults made;
    made.model = values.model;
    const auto add = [&](const char* name, const std::optional<double>& value) {
        if (value)
            made.parameters.emplace_back(name, fmt::format("{}", *value));
    };
    add("temperature", values.temperature);
    add("top_p", values.top_p);
    add("frequency_penalty", values.frequency_penalty);
    if (values.max_tokens)
        made.parameters.emplace_back("max_tokens", std::to_string(*values.max_tokens));
    return made;
}

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft run: {}\n", problem);
    return code;
}

int check_only(const configuration& with, prompt_source& input)
{
    dry_run check;
    check.read(input, with.max_body_memory);
    if (!check.problem().empty())
        return complain(check.problem(), bad_usage);
    fmt::print("{}", check.summary());
    return check.problems() == 0 ? 0 : some_failed;
}

/// How an interrupted or stopped run is gone on with.
std::string how_to_go_on(const results& output, bool nothing)
{
    if (nothing)
        return "there is no result yet";
    if (output.partial().empty())
        return "its results cannot be gone on with; with -o FILE they could";
    return fmt::format("the results so far stand in {}; the same command goes on from there",
                       output.partial());
}

/// Where in the input a prompt stands.
position place_in(const prompt_source& input)
{
    return [&input](const fingerprint& custom_id) { return input.line_of(custom_id); };
}

int ended(const run_arguments& given, const runner& job, const prompt_source& input,
          results& output)
{
    const auto& result = job.statistics();
    const bool nothing = result.done() + result.before() == 0;
    if (!given.quiet && !nothing)
        fmt::print(stderr, "{}", result.summary());
    if (given.json)
        fmt::print(given.output.output == "-" ? stderr : stdout, "{}", result.json());
    using ending = runner::ending;
    switch (job.how()) {
    case ending::interrupted:
        return complain("interrupted; " + how_to_go_on(output, nothing), by_signal);
    case ending::stopped:
        return complain(job.problem() + "\naloft run: stopped; " + how_to_go_on(output, nothing),
                        stopped_early);
    case ending::unreadable: return complain(job.problem(), bad_usage);
    case ending::unwritable:
        return complain(job.problem() + "; " + how_to_go_on(output, nothing), no_output);
    case ending::complete: break;
    }
    if (!output.finish(place_in(input)))
        return complain(output.problem() + "; " + how_to_go_on(output, nothing), no_output);
    if (nothing)
        return complain("no prompts in " + given.input, bad_usage);
    if (result.failures() == 0)
        return 0;
    if (given.quiet)
        complain(fmt::format("{} of {} prompts failed", result.failures(),
                             result.done() + result.before()),
                 some_failed);
    return some_failed;
}

/// Whether there is nothing to do for those who come back with the same prompts.
bool all_done(const run_arguments& given, prompt_source& input, results& output,
              std::string& problem)
{
    if (!problem.empty())
        return false;
    input_check check;
    check.read(input, output, given.input,
               given.limit == std::numeric_limits<std::uint64_t>::max());
    problem = check.problem();
    return problem.empty() && check.outstanding() == 0;
}

int already_done(const run_arguments& given, const prompt_source& input, results& output)
{
    if (!output.finish(place_in(input)))
        return complain(output.problem(), no_output);
    const auto failed = output.recorded().failed();
    if (!given.quiet)
        fmt::print(stderr, "{} has all {} results already{}\n", output.path(),
                   output.recorded().size(),
                   failed == 0 ? std::string()
                               : fmt::format(", {} of them failures; --retry-failed sends those "
                                             "again",
                                             failed));
    return failed == 0 ? 0 : some_failed;
}

bool write_metrics(const run_arguments& given, const client_metrics& metrics, std::string& problem)
{
    if (given.metrics.empty())
        return true;
    replacement_file file(given.metrics);
    file.write(prometheus_text(metrics));
    return file.commit(false, problem);
}

int send_all(const run_arguments& given, const configuration& as, const autoglm::options& server,
             prompt_source& input)
{
    std::string problem;
    auto to = given.output;
    to.in_input_order = given.order == "input";
    results output(to);
    if (!output.open(problem))
        return complain(problem, no_output);
    if (input.repeatable() && output.recorded().size() != 0) {
        prompt_source before(given.input, defaults_of(as), given.limit, problem);
        if (all_done(given, before, output, problem))
            return already_done(given, before, output);
    }
    if (!problem.empty())
        return complain(problem, bad_usage);
    if (!write_metrics(given, client_metrics(), problem)) // now, and not after a day's work
        return complain(problem, no_output);
    if (!output.start(problem))
        return complain(problem, no_output);
    allow_many_files();
    runner::settings with;
    with.max_in_flight = as.http.max_in_flight();
    with.max_body_memory = as.max_body_memory;
    with.max_outage = std::chrono::ceil<std::chrono::seconds>(as.max_outage);
    with.quiet = given.quiet;
    // On one terminal the results are what shows how far it is.
    with.progress = given.output.output != "-" || isatty(STDOUT_FILENO) == 0;
    runner job(with, server, input, output);
    job.run();
    const bool told = write_metrics(given, job.metrics(), problem);
    const int code = ended(given, job, input, output);
    return told ? code : complain(problem, code == 0 ? no_output : code);
}

int run(const run_arguments& given)
{
    std::signal(SIGUSR1, SIG_IGN); // until there is a state to show; it must not end the run
    if (!given.output.errors.empty() && given.output.errors == given.output.output)
        return complain("-o and --errors name the same file; leave --errors out to have failures "
                        "among the results",
                        bad_usage);
    try {
        const auto config = given.settings.read(command::run);
        const auto server = config.make_server();
        static_cast<void>(autoglm::client(boost::asio::system_executor(), server)); // is it usable?
        std::string problem;
        prompt_source input(given.input, defaults_of(config.values()), given.limit, problem);
        if (!problem.empty())
            return complain(problem, bad_usage);
        return given.only_check ? check_only(config.values(), input)
                                : send_all(given, config.values(), server, input);
    } catch (const boost::system::system_error& wrong) {
        return complain(said(wrong), bad_usage);
    }
}

void add_output_options(CLI::App& to, run_arguments& given)
{
    to.add_option("-o,--output", given.output.output, "Results go here; - is standard output")
        ->type_name("FILE")
        ->capture_default_str();
    to.add_option("--errors", given.output.errors, "Failures go here instead")->type_name("FILE");
    to.add_option("--order", given.order, "Of the results: completion or input")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"completion", "input"}))
        ->capture_default_str();
    to.add_flag("--retry-failed", given.output.retry_failed,
                "Send again what has failed in an earlier run");
    to.add_flag("--fsync", given.output.sync,
                "Wait for the disk with each result, so that a loss of power loses none");
}

void add_prompt_options(CLI::App& to, run_arguments& given)
{
    to.add_option("prompts", given.input,
                  "File of prompts, gzip and zstd too; - reads standard input")
        ->type_name("PROMPTS")
        ->required();
    to.add_option("--limit", given.limit, "Only the first N prompts")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
    to.add_flag("--dry-run", given.only_check, "Look at every prompt and image, send nothing");
}

} // namespace

void add_run_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<run_arguments>();
    auto& to = *app.add_subcommand("run", "Send the prompts of a file, many at once, and "
                                          "write what comes back");
    add_prompt_options(to, *given);
    add_output_options(to, *given);
    given->settings.add_to(to, command::run);
    shorten_help(to);
    to.add_option("--metrics", given->metrics,
                  "What happened on the wire, as Prometheus' text, goes here at the end")
        ->type_name("FILE");
    to.add_flag("--json", given->json, "The summary as JSON on standard output");
    to.add_flag("-q,--quiet", given->quiet, "No progress and no summary");
    to.footer(
        "Exit codes: 0 all succeeded, 1 some failed, 2 bad prompts or options, 3 results not "
        "written, 4 no server reached, or all answers alike 401, 403 or 404, 130 interrupted.");
    to.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
