#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft explain`: what a command goes by, and who said so.
void add_explain_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
