#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace aloft::tools::bench {

/// Adds `compare` to `bench`: what changed between two saved runs.
void add_compare_command(CLI::App& bench, std::function<int()>& chosen);

} // namespace aloft::tools::bench
