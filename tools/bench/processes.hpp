#pragma once

#include "bench/live_counters.hpp"
#include "bench/load.hpp"
#include "bench/measurements.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace aloft::tools::bench {

/// Runs the load to its end, in this process or shared among several, and puts together what they
/// have seen. \param quiet  show nothing meanwhile. `problem` where a process could not tell what
/// it has seen.
measurements run_load(const load_settings& with, const autoglm::options& server, workload& prompts,
                      std::size_t processes, bool quiet, std::string& problem);

} // namespace aloft::tools::bench
