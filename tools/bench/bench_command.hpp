#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace aloft::tools {

/// Adds `bench`, which measures a model server under load. Where it was asked for, `chosen` is set
/// to what runs it and returns the exit status.
void add_bench_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
