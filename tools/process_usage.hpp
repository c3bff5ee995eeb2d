#pragma once

#include <cstddef>

namespace aloft::tools {

/// Seconds of CPU this process has used, user and system together.
double cpu_seconds();
/// Bytes of memory it occupies right now.
std::size_t resident_bytes();
/// Raises the number of files this process may have open to what the system allows.
void allow_many_files();

} // namespace aloft::tools
