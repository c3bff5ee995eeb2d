#pragma once

#include <aloft/autoglm.hpp>

#include <string>

namespace aloft::tools {

/// One line for people: what happened, with whom, what the server said, and what to do about it.
std::string explain(const autoglm::failure& why);

/// True where no byte of the request left, because the server could not be reached.
bool unreachable(const aloft::failure& why) noexcept;

} // namespace aloft::tools
