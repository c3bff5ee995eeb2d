#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft models`: what models a server offers.
void add_models_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
