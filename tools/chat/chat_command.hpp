#pragma once

#include <CLI/App.hpp>

#include <functional>

namespace aloft::tools {

/// `aloft chat`: asks a model, once or in a conversation from a terminal.
void add_chat_command(CLI::App& app, std::function<int()>& chosen);

} // namespace aloft::tools
