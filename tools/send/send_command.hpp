#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft send`: one request, named and mannered as curl's.
void add_send_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
