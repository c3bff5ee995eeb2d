#pragma once

#include "bench/load.hpp"
#include "bench/measurements.hpp"
#include "bench/self_check.hpp"
#include "bench/summary.hpp"

#include <string>
#include <vector>

namespace aloft::tools::bench {

/// A run as reports have it.
class run_facts {
public:
    std::string base_url;
    std::string model;
    std::string prompts; ///< what was asked, in a few words
    std::string date; ///< when it began, UTC
    load_settings load;
    std::size_t processes = 1;
    std::vector<double> percentiles;
    own_error off;
};

/// What might have distorted the figures, each in one sentence; none is well.
std::vector<std::string> doubts(const run_facts& facts, const measurements& seen,
                                const summary& result);

} // namespace aloft::tools::bench
