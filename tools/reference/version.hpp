#pragma once

#include <string>

namespace aloft::tools {

/// The version of aloft and of what it stands on, as linked.
std::string version_text();

} // namespace aloft::tools
