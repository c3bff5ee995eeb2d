#pragma once

#include <string>
#include <string_view>

namespace aloft::tools {

/// `text` as valid UTF-8: each byte that is none becomes U+FFFD. What servers say is put into
/// files that must be readable again.
std::string as_utf8(std::string_view text);

/// The first line of `text`, at most `longest` bytes of it, to be shown on a terminal: valid UTF-8
/// without control characters, which could move its cursor; " ..." says that something is missing.
std::string one_line(std::string_view text, std::size_t longest);

} // namespace aloft::tools
