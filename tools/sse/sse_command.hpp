#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft sse`: the events of a URL, for as long as there are any.
void add_sse_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
