#pragma once

#include "bench/rate_sweep.hpp"
#include "bench/run_facts.hpp"

#include <string>
#include <vector>

namespace aloft::tools::bench {

/// The result of a run as one page with plots, that needs nothing else and no network.
/// \param steps  of a sweep that the run was the best of; else empty
std::string html_report(const run_facts& facts, const measurements& seen, const summary& result,
                        const std::vector<sweep_step>& steps);

} // namespace aloft::tools::bench
