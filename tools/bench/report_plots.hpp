#pragma once

#include "bench/measurements.hpp"
#include "bench/rate_sweep.hpp"
#include "bench/summary.hpp"

#include <string>
#include <vector>

namespace aloft::tools::bench {

/// A diagram and what stands above it.
class titled_plot {
public:
    std::string title;
    std::string svg;
};

/// The diagrams of a run, and of the sweep it belongs to, if any.
std::vector<titled_plot> report_plots(const measurements& seen, const summary& result,
                                      const std::vector<sweep_step>& steps);

} // namespace aloft::tools::bench
