#include "size_text.hpp"

#include <fmt/format.h>

namespace aloft::tools {

std::string size_text(std::uint64_t bytes)
{
    constexpr std::uint64_t kibi = 1024;
    const auto value = static_cast<double>(bytes);
    if (bytes < kibi)
        return fmt::format("{} bytes", bytes);
    if (bytes < kibi * kibi)
        return fmt::format("{:.1f} KiB", value / 1024);
    if (bytes < kibi * kibi * kibi)
        return fmt::format("{:.1f} MiB", value / 1048576);
    return fmt::format("{:.2f} GiB", value / 1073741824);
}

} // namespace aloft::tools
