#pragma once

#include "base/output_buffer.hpp"

#include <cstdint>
#include <string_view>

namespace aloft::http2 {

/// Appends `block` as HEADERS, whose header is at `header` but for its length, and CONTINUATION
/// where it exceeds what a frame to any peer may hold.
void append_headers(output_buffer& out, const std::uint8_t* header, std::string_view block);

} // namespace aloft::http2
