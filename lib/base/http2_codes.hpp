#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::http2 {

/// Error codes by name, in the order of their numbers (RFC 9113, 7).
inline constexpr std::array<std::string_view, 14> codes{"NO_ERROR",
                                                        "PROTOCOL_ERROR",
                                                        "INTERNAL_ERROR",
                                                        "FLOW_CONTROL_ERROR",
                                                        "SETTINGS_TIMEOUT",
                                                        "STREAM_CLOSED",
                                                        "FRAME_SIZE_ERROR",
                                                        "REFUSED_STREAM",
                                                        "CANCEL",
                                                        "COMPRESSION_ERROR",
                                                        "CONNECT_ERROR",
                                                        "ENHANCE_YOUR_CALM",
                                                        "INADEQUATE_SECURITY",
                                                        "HTTP_1_1_REQUIRED"};

/// Its name, or its number where it has none.
inline std::string code_name(std::uint32_t code)
{
    return code < codes.size() ? std::string(codes.at(code)) : std::to_string(code);
}

} // namespace aloft::http2
