#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace aloft::tools {

/// `aloft demo`: streams many requests from a simulator in a process of its own, all in flight at
/// once, and says what it cost.
void add_demo_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
