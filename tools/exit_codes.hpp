#pragma once

#include <aloft/failure.hpp>

namespace aloft::tools {

/// What `aloft send` and `aloft sse` exit with, numbered as curl does, so that scripts need not
/// learn others.
namespace exit_code {
constexpr int bad_usage = 2;
constexpr int proxy_not_resolved = 5;
constexpr int not_resolved = 6;
constexpr int not_connected = 7;
constexpr int broken_protocol = 8;
constexpr int incomplete = 18;
constexpr int bad_status = 22;
constexpr int not_written = 23;
constexpr int no_upload = 26;
constexpr int timed_out = 28;
constexpr int tls_failed = 35;
constexpr int too_many_redirects = 47;
constexpr int bad_certificate = 60;
constexpr int bad_coding = 61;
constexpr int over_limit = 63;
constexpr int wrong_pin = 90;
constexpr int no_way_through_proxy = 97;
constexpr int interrupted = 130;
} // namespace exit_code

/// The one for what ended a request.
int exit_code_of(const failure& why);

} // namespace aloft::tools
