#pragma once

#include <aloft/client_options.hpp>

#include <string>
#include <string_view>

namespace aloft::tools {

/// Adds HOST:PORT:ADDRESS[,ADDRESS]; returns what is wrong with it, or nothing.
std::string add_resolved(client_options& to, std::string_view rule);

} // namespace aloft::tools
