#pragma once

#include "base/outgoing_head.hpp"

#include <aloft/fields.hpp>
#include <aloft/session_limits.hpp>

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aloft::http2 {

inline constexpr std::uint8_t copied = NGHTTP2_NV_FLAG_NONE;
inline constexpr std::uint8_t borrowed =
    NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

[[nodiscard]] nghttp2_nv as_nv(const fields::field& from, std::uint8_t flags) noexcept;

/// Fields as nghttp2 wants them, with `flags` on each; an ordinary head lies on the stack.
class field_array {
public:
    field_array(const fields& from, std::uint8_t flags);

    [[nodiscard]] const nghttp2_nv* data() const noexcept
    {
        return more_.empty() ? few_.data() : more_.data();
    }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    std::array<nghttp2_nv, 40> few_; // filled as far as count_
    std::vector<nghttp2_nv> more_; // all of them, where few_ is too small
    std::size_t count_ = 0;
};

/// False when the list exceeds what nghttp2 sends (64 KiB).
bool sendable(const fields& list) noexcept;
bool sendable(const outgoing_head& list) noexcept;

/// Options of a session, released on return from the constructor that used them.
class session_options {
public:
    explicit session_options(const session_limits& limits);
    ~session_options() { nghttp2_option_del(options_); }
    session_options(const session_options&) = delete;
    session_options& operator=(const session_options&) = delete;

    [[nodiscard]] const nghttp2_option* get() const noexcept { return options_; }

private:
    nghttp2_option* options_ = nullptr;
};

} // namespace aloft::http2
