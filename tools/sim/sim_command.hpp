#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace aloft::tools {

/// Adds `sim`, the simulator as a server of its own. Where it was asked for, `chosen` is set to
/// what runs it and returns the exit status.
void add_sim_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
