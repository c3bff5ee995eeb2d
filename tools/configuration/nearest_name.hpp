#pragma once

#include <string_view>
#include <vector>

namespace aloft::tools {

/// Which of `names` was meant by `written`, going by how many letters were changed, left out, added
/// or swapped; empty where none is near. The first of several that are equally near.
std::string_view nearest_name(std::string_view written, const std::vector<std::string_view>& names);

} // namespace aloft::tools
