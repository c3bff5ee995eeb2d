#pragma once

#include <string>
#include <string_view>

namespace aloft::tools {

/// Writes all of it; false, with errno, where that fails.
bool write_all(int file, std::string_view bytes);

/// Makes a new name in the folder of `path` survive a loss of power; false, with errno.
bool sync_folder_of(const std::string& path);

/// What an errno means.
std::string reason(int number);

} // namespace aloft::tools
