#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft::tools {

/// Name and value of -H 'name: value'; nothing where it is not of that form.
inline std::optional<std::pair<std::string_view, std::string_view>>
header_argument(std::string_view given)
{
    const auto colon = given.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return std::nullopt;
    const auto begin = given.find_first_not_of(' ', colon + 1);
    return std::pair(given.substr(0, colon),
                     begin == std::string_view::npos ? "" : given.substr(begin));
}

} // namespace aloft::tools
