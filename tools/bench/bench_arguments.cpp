#include "bench/bench_arguments.hpp"

#include "bench/file_prompts.hpp"
#include "bench/numbers.hpp"
#include "bench/synthetic_prompts.hpp"
#include "seconds_argument.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace aloft::tools::bench {
namespace {

constexpr std::size_t usual_in_flight = 64;
constexpr std::uint64_t usual_requests = 1000;
constexpr std::size_t usual_connections = 1000;
constexpr std::size_t most_connections = 60'000;

[[noreturn]] void refuse(const std::string& why)
{
    throw std::runtime_error(why);
}

length_distribution read_length(const char* option, const std::string& text)
{
    std::string problem;
    const auto made = length_distribution::parse(text, problem);
    if (!made)
        refuse(fmt::format("{} {}", option, problem));
    return *made;
}

} // namespace

void bench_arguments::add_to(CLI::App& command)
{
    add_load_to(command);
    add_prompts_to(command);
    add_output_to(command);
    settings.add_to(command, command::bench);
    shorten_help(command);
}

void bench_arguments::add_load_to(CLI::App& command)
{
    auto* const arrival =
        command
            .add_option("--arrival", arrival_,
                        "closed, constant:R, poisson:R, gamma:R,B, ramp:R,R,S, step:RxS,RxS or "
                        "trace:FILE")
            ->type_name("PATTERN")
            ->capture_default_str();
    command.add_option("--rate,--request-rate", rate_, "The same as --arrival poisson:R")
        ->type_name("R")
        ->check(CLI::Range(1e-6, 1e7))
        ->excludes(arrival);
    command.add_option("--burstiness", burstiness_, "Of any rate; 1 is Poisson, less is burstier")
        ->type_name("B")
        ->check(CLI::Range(1e-3, 1e6));
    command.add_option("--speed", speed_, "Of a trace; 2 is twice as fast as it was recorded")
        ->type_name("X")
        ->check(CLI::Range(1e-6, 1e6));
    command
        .add_option("--max-in-flight,--max-concurrency", max_in_flight_,
                    "Requests at once; 64 with --arrival closed, else no bound")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    command
        .add_option("-n,--requests,--num-prompts", requests_,
                    "End after so many; 1000 where nothing else ends it")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
    command.add_option("--duration", seconds_, "Begin no requests after so long")
        ->type_name("SECONDS")
        ->check(seconds_argument());
    command
        .add_option("--warm-up", warm_up_,
                    "Not counted: the first N requests, or with 10s the "
                    "first 10 seconds")
        ->type_name("N|Ns");
    command
        .add_option("--goodput", goodput_,
                    "What a good request keeps, ms, such as ttft:500,tpot:50")
        ->type_name("BOUNDS")
        ->allow_extra_args(false);
    command
        .add_option("--sweep", sweep_,
                    "LOW,HIGH: find the highest rate between them at which requests are good")
        ->type_name("RATES");
    command.add_option("--goodput-share", good_percent_, "How many must be, per cent")
        ->type_name("PERCENT")
        ->check(CLI::Range(0.1, 100.0))
        ->capture_default_str();
    command.add_option("--processes", processes, "Share the load among so many processes")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{256}))
        ->capture_default_str();
    command
        .add_option("--max-connections", max_connections_,
                    "Of each process; as many as are needed by default")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, most_connections));
    command.add_option("--seed", seed_, "What all chance follows from")
        ->type_name("N")
        ->capture_default_str();
}

void bench_arguments::add_prompts_to(CLI::App& command)
{
    command
        .add_option("--prompts", prompt_file_, "Ask these, as aloft run reads them, over and over")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    command
        .add_option("--input-len,--random-input-len", input_,
                    "Tokens of synthetic prompts: N, N-N, normal:MEAN,DEVIATION or "
                    "lognormal:MEDIAN,SIGMA")
        ->type_name("LENGTH")
        ->capture_default_str();
    command
        .add_option("--output-len,--random-output-len", output_, "Tokens to ask for (max_tokens)")
        ->type_name("LENGTH")
        ->capture_default_str();
    command.add_option("--images", images_, "Synthetic images in each prompt")
        ->type_name("N")
        ->check(CLI::Range(0U, 64U));
    command.add_option("--image-size", image_size_, "Of these, in pixels")
        ->type_name("WxH")
        ->capture_default_str();
    command.add_flag("--ignore-eos", ignore_eos_, "vLLM, SGLang: generate all of --output-len");
    command.add_option("--extra", extra_, "NAME=JSON: a field of every synthetic request")
        ->type_name("FIELD")
        ->allow_extra_args(false);
}

void bench_arguments::add_output_to(CLI::App& command)
{
    command.add_option("-o,--output", json_file, "JSON with the keys of vllm bench, and more")
        ->type_name("FILE");
    command.add_option("--csv", csv_file, "Each measure as a line")->type_name("FILE");
    command.add_option("--records", record_file, "Each request as a line of JSON")
        ->type_name("FILE");
    command.add_option("--html", html_file, "A page with plots that needs no network")
        ->type_name("FILE");
    command.add_option("--percentiles", percentiles_, "Which ones to tell")
        ->type_name("LIST")
        ->capture_default_str();
    command.add_flag("--json", json, "The JSON on standard output, in place of the table");
    command.add_flag("--save-detailed", save_detailed,
                     "Each request's figures in the JSON, too, as vllm bench has them");
    command.add_flag("--no-self-check", no_self_check,
                     "Do not measure the client's own error against a simulator before");
    command.add_flag("--strict", strict, "Fail where something may have distorted the figures");
    command.add_flag("-q,--quiet", quiet, "Show nothing while it runs");
}

arrival_pattern bench_arguments::make_pattern() const
{
    std::string problem;
    // The pattern of a sweep says how, and the sweep how many.
    const bool sweeps = !sweep_.empty() && arrival_ == "closed";
    const auto text = sweeps  ? std::string("poisson:1")
                      : rate_ ? fmt::format("poisson:{:g}", *rate_)
                              : arrival_;
    auto made = arrival_pattern::parse(text, problem);
    if (!made)
        refuse("--arrival " + problem);
    if (burstiness_ && made->closed())
        refuse("--burstiness needs a rate; --arrival closed has none");
    if (burstiness_)
        made->burstiness(*burstiness_);
    made->speed(speed_);
    return std::move(*made);
}

load_settings bench_arguments::make_load() const
{
    load_settings made;
    made.pattern = make_pattern();
    made.seed = seed_;
    made.detailed = save_detailed;
    made.max_in_flight =
        max_in_flight_ == 0 && made.pattern.closed() ? usual_in_flight : max_in_flight_;
    if (processes > 1 && made.max_in_flight != 0 && made.max_in_flight < processes)
        refuse("--max-in-flight is less than --processes, so that some would have nothing to do");
    for (const auto& text : goodput_) {
        if (const auto problem = made.objectives.add(text); !problem.empty())
            refuse("--goodput " + problem);
    }
    if (save_detailed && !json && json_file.empty())
        refuse("--save-detailed needs a place: -o FILE, or --json");
    set_bounds(made);
    return made;
}

void bench_arguments::set_bounds(load_settings& to) const
{
    if (requests_)
        to.requests = *requests_;
    if (seconds_ > 0)
        to.seconds = seconds_;
    if (!warm_up_.empty()) {
        const bool seconds = warm_up_.back() == 's';
        const auto number = read_numbers(
            std::string_view(warm_up_).substr(0, warm_up_.size() - (seconds ? 1 : 0)), ',');
        if (number.size() != 1 || number[0] < 0 || number[0] > 1e9)
            refuse("--warm-up wants requests, such as 100, or seconds, such as 10s, not \"" +
                   warm_up_ + "\"");
        if (seconds)
            to.warm_up_seconds = number[0];
        else
            to.warm_up_requests = static_cast<std::uint64_t>(number[0]);
    }
    if (!requests_ && seconds_ <= 0 && !to.pattern.ends())
        to.requests = usual_requests + to.warm_up_requests;
    if (to.warm_up_requests >= to.requests || to.warm_up_seconds >= to.seconds)
        refuse("--warm-up is the whole run");
}

std::optional<sweep_settings> bench_arguments::make_sweep(const load_settings& load) const
{
    if (sweep_.empty())
        return std::nullopt;
    const auto rates = read_numbers(sweep_, ',');
    if (rates.size() != 2 || !(rates[0] > 0 && rates[1] >= rates[0] && rates[1] <= 1e7))
        refuse("--sweep wants two rates, such as 1,500");
    if (load.objectives.empty())
        refuse("--sweep needs to know from --goodput what a good request is");
    if (rate_)
        refuse("--sweep has rates of its own; leave out --rate");
    if (requests_)
        refuse("--sweep ends each of its steps by --duration, not by a number of requests");
    if (!load.pattern.closed() && !load.pattern.has_single_rate())
        refuse("--sweep needs an arrival pattern with one rate, such as poisson or constant");
    sweep_settings made;
    made.lowest = rates[0];
    made.highest = rates[1];
    made.share = good_percent_ / 100;
    if (seconds_ > 0)
        made.seconds = seconds_;
    if (load.warm_up_seconds >= made.seconds)
        refuse("--warm-up is a whole step of --sweep");
    return made;
}

std::unique_ptr<workload> bench_arguments::make_prompts(const std::string& model) const
{
    if (!prompt_file_.empty()) {
        prompt_defaults defaults;
        defaults.model = model;
        std::string problem;
        auto made = std::make_unique<file_prompts>(prompt_file_, std::move(defaults), problem);
        if (!problem.empty())
            refuse(problem);
        return made;
    }
    synthetic_prompts::settings with;
    with.model = model;
    with.input = read_length("--input-len", input_);
    with.output = read_length("--output-len", output_);
    with.input_text = input_;
    with.output_text = output_;
    const auto size = read_numbers(image_size_, 'x');
    if (size.size() != 2 || !(size[0] >= 1 && size[0] <= 8192 && size[1] >= 1 && size[1] <= 8192))
        refuse("--image-size wants pixels, such as 1080x2400, at most 8192x8192");
    with.images = images_;
    with.image_width = static_cast<std::uint32_t>(size[0]);
    with.image_height = static_cast<std::uint32_t>(size[1]);
    with.ignore_eos = ignore_eos_;
    with.seed = seed_;
    for (const auto& field : extra_) {
        const auto equals = field.find('=');
        if (equals == std::string::npos || equals == 0)
            refuse("--extra wants NAME=JSON, such as temperature=0, not \"" + field + "\"");
        with.extra.emplace_back(field.substr(0, equals), field.substr(equals + 1));
    }
    auto made = std::make_unique<synthetic_prompts>(std::move(with));
    static_cast<void>(made->make(0, arrival())); // throws where a field is not JSON
    return made;
}

std::vector<double> bench_arguments::make_percentiles() const
{
    auto made = read_numbers(percentiles_, ',');
    if (made.empty() ||
        std::any_of(made.begin(), made.end(), [](double one) { return !(one > 0 && one < 100); }))
        refuse("--percentiles wants numbers between 0 and 100, such as 50,90,99");
    std::sort(made.begin(), made.end());
    return made;
}

autoglm::options bench_arguments::make_server(const load_settings& load,
                                              const configured& config) const
{
    auto made = config.make_server();
    auto http = made.http();
    const auto needed = std::max(usual_connections, load.max_in_flight);
    http.max_connections(max_connections_ != 0 ? max_connections_
                                               : std::min(needed, most_connections));
    http.retries(retry_rules::none()); // each failure is a result
    return made.http(http);
}

} // namespace aloft::tools::bench
