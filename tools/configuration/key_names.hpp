#pragma once

#include <string>
#include <string_view>

namespace aloft::tools {

/// What a key is that a file has and no setting is called: "no such key; did you mean ...?", or
/// what a section wants that is written as a value. \param section  it is written as a section
std::string unknown_key(std::string_view key, bool section);

/// The section that keys begin with: "retries"; empty for those without one.
std::string_view section_of_key(std::string_view key);

/// Whether keys stand in it.
bool is_section(std::string_view name);

} // namespace aloft::tools
