#pragma once

#include <aloft/chat_delta.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::chat {

/// What the chunks of a server have in common: one chunk after another differs in its texts, and in
/// nothing else.
///
/// A JSON string may be replaced by any other, and a number by a number, without changing what the
/// rest of a document means. So a chunk whose other bytes are those of a chunk that was parsed
/// needs no parser: 350 instructions instead of 2,100. Holds for strings without escapes; a chunk
/// with any is parsed.
class chunk_shape {
public:
    /// Takes over the shape of `data`, from which `from` was read. False where `from` borrows from
    /// elsewhere, or `data` is too large to be remembered.
    bool learn(std::string_view data, const delta& from);

    /// Reads `data` as the parser would. False where it may have another shape; `to` is unspecified
    /// then. `data`: with 16 more readable bytes behind it.
    bool read(std::string_view data, delta& to) const noexcept;

private:
    using member = std::string_view delta::*;
    enum class content : std::uint8_t { text, text_not_empty, digits };

    /// A part that differs from chunk to chunk.
    struct variable {
        variable() noexcept = default;

        member into = nullptr;
        content what = content::text;
        std::uint16_t before = 0; // bytes of common_ in front of it
    };
    /// A text that is the same in all chunks of the shape.
    struct constant {
        constant() noexcept = default;

        member into = nullptr;
        std::uint8_t part = 0; // how many variables are in front of it
        std::uint16_t at = 0; // in common_
        std::uint16_t size = 0;
    };
    struct place;

    static constexpr std::size_t max_size = 2048;
    static constexpr std::size_t max_variables = 4;
    static constexpr std::size_t max_constants = 5;

    std::string common_;
    delta sample_; // its views are null
    std::array<variable, max_variables> variables_;
    std::array<constant, max_constants> constants_;
    std::uint8_t variable_count_ = 0;
    std::uint8_t constant_count_ = 0;
};

} // namespace aloft::chat
