#pragma once

#include <CLI/App.hpp>

#include <string>

namespace aloft::tools {

/// Checks that an option's text is a time in seconds.
CLI::Validator seconds_argument();

} // namespace aloft::tools
