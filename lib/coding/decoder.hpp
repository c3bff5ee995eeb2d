#pragma once

#include <aloft/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace aloft::coding {

/// The content codings that are understood (RFC 9110, 8.4.1; RFC 7932; RFC 8878).
enum class content_coding : std::uint8_t { gzip, deflate, br, zstd };

std::string_view to_string(content_coding) noexcept;

/// One content coding being undone, without I/O: bytes cut anywhere go in, and whatever they make
/// known comes out at once, so that a sender's flush arrives as what was flushed.
class decoder {
public:
    struct step {
        std::size_t read = 0;
        std::size_t written = 0;
    };

    virtual ~decoder() = default;

    /// Decodes until all of `in` is read or `out` is full; where it is full, more may be had for no
    /// further input. Errors: errc::malformed_coding, errc::decoded_too_large, no memory.
    virtual step decode(std::string_view in, std::span<char> out, error_code& ec) = 0;
    /// Nothing would be missing if the input ended here.
    [[nodiscard]] virtual bool complete() const noexcept = 0;
    /// What was wrong, in words; may be empty.
    [[nodiscard]] virtual std::string_view reason() const noexcept { return {}; }
};

std::unique_ptr<decoder> make_decoder(content_coding which);

} // namespace aloft::coding
