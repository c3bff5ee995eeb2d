#pragma once

#include "bench/workload.hpp"

#include <aloft/autoglm.hpp>

#include <string>

namespace aloft::tools::bench {

/// Asks the server once, so that a load that cannot work does not begin. What is wrong, in words,
/// if anything.
std::string try_once(const autoglm::options& server, workload& prompts);

} // namespace aloft::tools::bench
