#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft completion`: what a shell needs to complete command lines, made of the options
/// themselves.
void add_completion_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
