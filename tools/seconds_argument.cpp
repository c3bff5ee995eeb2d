#include "seconds_argument.hpp"

#include <charconv>

namespace aloft::tools {

CLI::Validator seconds_argument()
{
    constexpr double most = 1e9; // beyond it, milliseconds and clocks come to their end
    const auto check = [](const std::string& text) -> std::string {
        double seconds = -1;
        const auto* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, seconds);
        const bool whole = read.ec == std::errc() && read.ptr == end;
        if (whole && seconds >= 0 && seconds <= most)
            return {};
        return "wants seconds, such as 2.5, not \"" + text + "\"";
    };
    return {check, ""};
}

} // namespace aloft::tools
