#include "bench/self_check.hpp"

#include "bench/load.hpp"
#include "bench/summary.hpp"
#include "bench/synthetic_prompts.hpp"
#include "sim/sim_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace aloft::tools::bench {
namespace {

// What the simulator is told.
constexpr double first_token = 50; // ms
constexpr double gap = 10; // ms
constexpr std::string_view tokens = "20";

/// Load like the one to come, as far as it is known, for about a second: at its rate, or as many
/// streams at once as one process will have.
load_settings trial_of(const load_settings& load, std::size_t processes)
{
    constexpr double least_rate = 20; // for enough requests within a second
    constexpr double most_rate = 2000; // of a simulator on the same machine, and so below
    constexpr double most_streams = 500;
    constexpr double unknown = 100;
    constexpr std::uint64_t rounds = 3; // and one more to open connections
    const auto shares = static_cast<double>(processes);
    load_settings made;
    const auto rate = load.pattern.has_single_rate() ? load.pattern.rate() / shares : 0;
    if (rate >= least_rate) {
        made.pattern = load.pattern.at_rate(std::min(rate, most_rate));
        made.warm_up_seconds = 0.4;
        made.seconds = 1.4;
        return made;
    }
    auto streams = load.max_in_flight == 0 ? unknown : static_cast<double>(load.max_in_flight);
    if (rate > 0)
        streams = 1;
    std::string problem;
    made.pattern = arrival_pattern::parse("closed", problem).value();
    made.max_in_flight = static_cast<std::size_t>(std::clamp(streams / shares, 1.0, most_streams));
    made.warm_up_requests = made.max_in_flight;
    made.requests = made.max_in_flight * (rounds + 1);
    return made;
}

bool speaks_http2(const autoglm::options& server)
{
    const auto version = server.http().version();
    return version == http_version::http2 ||
           (version == http_version::negotiated && server.base_url().starts_with("https:"));
}

} // namespace

own_error check_self(const load_settings& load, std::size_t processes,
                     const autoglm::options& server)
{
    const auto with = trial_of(load, processes);
    const sim_process simulator({"--listen", "127.0.0.1:0", "--first-token",
                                 fmt::format("{}ms", first_token), "--gap",
                                 fmt::format("{}ms", gap), "--tokens", std::string(tokens)});
    client_options http;
    http.version(speaks_http2(server) ? http_version::http2 : http_version::http1)
        .max_connections(60'000);
    synthetic_prompts::settings about;
    about.model = "autoglm-phone-9b";
    about.input = length_distribution(64);
    synthetic_prompts prompts(about);
    const auto live = std::make_unique<live_counters>();
    bench::load trial(with, autoglm::options(simulator.base_url()).http(http), prompts, *live);
    auto seen = trial.run(bench::load::clock::now());
    const summary result(seen, {});

    own_error off;
    off.interrupted = seen.interrupted;
    const auto* const first = result.find(measure::first_content);
    if (seen.interrupted || result.failed != 0 || first == nullptr)
        return off;
    const auto& times = first->from(counted_from::sent);
    off.first_content_mean = times.mean() - first_token;
    off.first_content_p99 = times.percentile(99) - first_token;
    off.gap_mean = seen.gaps.mean() - gap;
    off.gap_p99 = seen.gaps.percentile(99) - gap;
    off.in_flight = result.most_in_flight;
    off.known = true;
    return off;
}

std::string own_error::text() const
{
    if (!known)
        return "the client's own error could not be measured against a simulator";
    return fmt::format("own error against a simulator, {} streams at most: first content {:+.2f} "
                       "ms (p99 {:+.2f}), between tokens {:+.2f} ms (p99 {:+.2f})",
                       in_flight, first_content_mean, first_content_p99, gap_mean, gap_p99);
}

} // namespace aloft::tools::bench
