#pragma once

#include "bench/run_facts.hpp"

#include <string>

namespace aloft::tools::bench {

/// The result of a run for a terminal.
std::string console_table(const run_facts& facts, const measurements& seen, const summary& result);

} // namespace aloft::tools::bench
