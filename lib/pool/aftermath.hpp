#pragma once

#include "base/exchange.hpp"

#include <cstdint>

namespace aloft::pool {

/// What the end of an exchange says about the connection that carried it.
enum class aftermath : std::uint8_t {
    nothing, ///< what happened concerns the exchange, or the connection is ending anyway
    completed, ///< all is well
    refused, ///< REFUSED_STREAM, RFC 9113, 8.7, or a stream reset with ENHANCE_YOUR_CALM: node's
             ///< way to say that a connection holds as much as it may
    overloaded, ///< a GOAWAY asked for calm (ENHANCE_YOUR_CALM), RFC 9113, 7
    http1_required, ///< the server wants HTTP/1.1 for this, RFC 9113, 7
    stale, ///< a used HTTP/1.1 connection was closed before the response began
};

inline aftermath aftermath_of(const exchange& e) noexcept
{
    constexpr std::uint32_t refused_stream = 0x7;
    constexpr std::uint32_t enhance_your_calm = 0xb;
    constexpr std::uint32_t http_1_1_required = 0xd;
    if (!e.error)
        return aftermath::completed;
    if (e.sent == progress::stale)
        return aftermath::stale;
    if (e.sent == progress::refused && e.http2_code == refused_stream)
        return aftermath::refused;
    if (e.error == errc::stream_reset && !e.head_complete && e.http2_code == enhance_your_calm)
        return aftermath::refused;
    if (e.sent == progress::refused && e.http2_code == enhance_your_calm)
        return aftermath::overloaded;
    if (e.sent != progress::sent && e.http2_code == http_1_1_required)
        return aftermath::http1_required;
    return aftermath::nothing;
}

} // namespace aloft::pool
