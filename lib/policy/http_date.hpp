#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aloft::policy {

/// The time of an HTTP date in any of its three forms (RFC 9110, 5.6.7).
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

} // namespace aloft::policy
