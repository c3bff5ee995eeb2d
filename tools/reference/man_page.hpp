#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft man`: the manual page, made of the options themselves.
void add_man_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
