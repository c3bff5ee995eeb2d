#include "bench/run_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools::bench {
namespace {

// Of a core: beyond it, what arrives waits for the client.
constexpr double busy = 0.85;

} // namespace

std::vector<std::string> doubts(const run_facts& facts, const measurements& seen,
                                const summary& result)
{
    std::vector<std::string> all;
    const auto* const first = result.find(measure::first_content);
    const auto typical = first == nullptr ? 0 : first->from(counted_from::intended).percentile(50);
    const auto allowed = std::max(1.0, typical / 100);
    if (!facts.load.pattern.closed() && result.late.percentile(99) > allowed)
        all.push_back(fmt::format("requests began late by the client's own doing: p99 {:.2f} ms "
                                  "after they were due",
                                  result.late.percentile(99)));
    if (seen.loop_lag.percentile(99) > allowed)
        all.push_back(fmt::format("the event loop was late: p99 {:.2f} ms, and times may be off by "
                                  "as much",
                                  seen.loop_lag.percentile(99)));
    if (seen.busiest_cpu > busy)
        all.push_back(fmt::format("the client used {:.0f} % of a core{}", seen.busiest_cpu * 100,
                                  facts.processes == 1 ? "; --processes shares the load"
                                                       : " in one of its processes"));
    if (result.waited.percentile(50) > allowed)
        all.push_back(fmt::format(
            "half of the requests waited {:.2f} ms or more for a connection or for --max-in-flight",
            result.waited.percentile(50)));
    if (facts.off.known && typical != 0 && facts.off.first_content_mean > allowed)
        all.push_back(fmt::format("against the simulator the client was off by {:.2f} ms on "
                                  "average",
                                  facts.off.first_content_mean));
    return all;
}

} // namespace aloft::tools::bench
