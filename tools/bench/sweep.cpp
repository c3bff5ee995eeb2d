#include "bench/sweep.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace aloft::tools::bench {
namespace {

load_settings at_rate(const load_settings& load, const sweep_settings& with, double rate)
{
    auto made = load;
    made.pattern = load.pattern.at_rate(rate);
    made.seconds = with.seconds;
    const auto counted =
        rate * (with.seconds - load.warm_up_seconds) - static_cast<double>(load.warm_up_requests);
    made.most_missed = static_cast<std::uint64_t>(std::max(0.0, (1 - with.share) * counted)) + 1;
    return made;
}

sweep_step judged(double rate, double share, const measurements& seen, const objectives& wanted)
{
    const summary result(seen, wanted);
    sweep_step step;
    step.rate = rate;
    step.throughput = result.a_second(result.completed);
    step.goodput = result.a_second(result.good);
    // Those that were given up when too many had missed the objectives already were not good.
    const auto all = result.all() + seen.unfinished;
    step.good_share = all == 0 ? 0 : static_cast<double>(result.good) / static_cast<double>(all);
    step.kept = result.all() != 0 && step.good_share >= share;
    if (const auto* const first = result.find(measure::first_content)) {
        step.first_content_median = first->from(counted_from::intended).percentile(50);
        step.first_content_p99 = first->from(counted_from::intended).percentile(99);
    }
    return step;
}

void tell(const sweep_step& step)
{
    fmt::print(stderr,
               "  {:>9.2f} requests/s: {:.2f} done, {:.2f} good ({:.2f} %), first content p50 "
               "{:.1f} p99 {:.1f} ms: {}\n",
               step.rate, step.throughput, step.goodput, step.good_share * 100,
               step.first_content_median, step.first_content_p99, step.kept ? "kept" : "missed");
}

} // namespace

sweep_result sweep_rates(const sweep_settings& with, const load_settings& load,
                         const autoglm::options& server, workload& prompts, std::size_t processes,
                         bool quiet, std::string& problem)
{
    sweep_result result;
    rate_search search(with.lowest, with.highest);
    while (const auto rate = search.next()) {
        const auto settings = at_rate(load, with, *rate);
        auto seen = run_load(settings, server, prompts, processes, quiet, problem);
        if (!problem.empty())
            break;
        const bool interrupted = seen.interrupted;
        const auto step = judged(*rate, with.share, seen, load.objectives);
        if (interrupted && !result.steps.empty()) {
            result.seen.interrupted = true;
            break; // half a step tells nothing
        }
        if (!quiet)
            tell(step);
        search.tried(*rate, step.kept);
        if (result.steps.empty() || step.kept) {
            result.seen = std::move(seen);
            result.load = settings;
        }
        result.steps.push_back(step);
        if (interrupted)
            break;
    }
    result.best = search.best();
    return result;
}

} // namespace aloft::tools::bench
