#pragma once

#include <cstdint>

namespace aloft {

/// What a request body is compressed with before it is sent (RFC 9110, 8.4.1; RFC 8878). The server
/// must be known to take it: nothing asks it first.
enum class compression : std::uint8_t { none, gzip, zstd };

/// How far a compressed response may unfold. Memory is bounded without these, since a body is
/// decoded only as it is read; they end what does nothing but cost time. Both end the request with
/// errc::decoded_too_large.
class decoding_limits {
public:
    /// Decoded bytes of one response.
    std::uint64_t size = std::uint64_t{1} << 30;
    /// Decoded bytes for each byte received, of each coding and of all together; looked at beyond
    /// the first MiB.
    std::uint32_t ratio = 200;
};

} // namespace aloft
