#pragma once

#include <string>
#include <string_view>

namespace aloft::tools {

/// What is wrong with a URL that cannot be sent to, for people; a password in it is not repeated.
std::string url_problem(std::string_view given);

} // namespace aloft::tools
