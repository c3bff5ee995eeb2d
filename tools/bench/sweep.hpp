#pragma once

#include "bench/processes.hpp"
#include "bench/rate_sweep.hpp"
#include "bench/run_facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aloft::tools::bench {

/// A search for the highest rate within the objectives.
class sweep_settings {
public:
    double lowest = 0; ///< requests a second
    double highest = 0;
    double share = 0.99; ///< of the requests that must be good
    double seconds = 30; ///< of each step, the warm-up included
};

class sweep_result {
public:
    std::vector<sweep_step> steps; ///< in the order in which they were tried
    std::optional<double> best; ///< nothing where even the lowest rate missed the objectives
    measurements seen; ///< at the best rate, or at the lowest
    load_settings load; ///< of that run
};

/// Tries one rate after the other and tells of each on standard error.
sweep_result sweep_rates(const sweep_settings& with, const load_settings& load,
                         const autoglm::options& server, workload& prompts, std::size_t processes,
                         bool quiet, std::string& problem);

} // namespace aloft::tools::bench
