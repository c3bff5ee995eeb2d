#pragma once

#include <string_view>

namespace aloft::autoglm {

/// White space between the parts of an action.
constexpr std::string_view spaces = " \t\r\n\f\v";

constexpr bool is_space(char c) noexcept
{
    return spaces.find(c) != std::string_view::npos;
}

} // namespace aloft::autoglm
