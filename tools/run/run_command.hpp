#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft run`: sends the prompts of a file and writes what comes back.
void add_run_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
