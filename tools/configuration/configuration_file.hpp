#pragma once

#include "configuration/setting_value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

/// A line of a configuration file that says something.
class file_entry {
public:
    std::string key; ///< "retries.attempts", "servers[1].url"
    unsigned line = 0;
    file_value value;
    bool section = false; ///< the beginning of one, and no value: "[retries]"
};

/// Reads a TOML file (toml.io, 1.0), its entries in the order of their lines. Throws
/// boost::system::system_error, with path and line, where it cannot be read or is no TOML.
/// \param whole  which keys have a table for their value, and no keys below
std::vector<file_entry> read_configuration_file(const std::string& path,
                                                const std::function<bool(std::string_view)>& whole);

} // namespace aloft::tools
