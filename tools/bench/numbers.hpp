#pragma once

#include <string_view>
#include <vector>

namespace aloft::tools::bench {

/// The pieces of `text` between `separator`s.
std::vector<std::string_view> split(std::string_view text, char separator);
/// The finite numbers between `separator`s; none at all where one of the pieces is no number.
std::vector<double> read_numbers(std::string_view text, char separator);

} // namespace aloft::tools::bench
