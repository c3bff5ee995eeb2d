#pragma once

#include "run/fingerprint.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace aloft::tools {

/// The place of a custom_id among the others.
using position = std::function<std::uint64_t(const fingerprint& custom_id)>;

/// Puts the lines of a file of results in order: writes `to`, in whose place it comes at once, and
/// leaves `from` unless they are one. Does nothing, with `sorted` set, where the lines are in order
/// already. False, with `problem`, where it fails. Holds some 24 bytes a line.
bool sort_results(const std::string& from, const std::string& to, const position& where, bool sync,
                  bool& sorted, std::string& problem);

} // namespace aloft::tools
