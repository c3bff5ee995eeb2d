#pragma once

#include <cstdint>
#include <string>

namespace aloft::tools {

/// A number of bytes for people: "512 bytes", "1.5 KiB", "33.0 MiB", "2.10 GiB".
std::string size_text(std::uint64_t bytes);

} // namespace aloft::tools
