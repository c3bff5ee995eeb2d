#pragma once

#include "chat/chunk_shape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aloft::chat {

/// The few shapes that the chunks of a client's servers have, learned as they come.
class chunk_shapes {
public:
    /// Reads `data` where it has a shape that is known. False where it must be parsed.
    bool read(std::string_view data, delta& to) noexcept;

    /// `data` was parsed into one delta, `from`. Its shape is remembered in place of one that
    /// served longest ago.
    void learn(std::string_view data, const delta& from);

private:
    bool is_worth_trying() const noexcept;
    void put_first(std::size_t at) noexcept;

    // Thinking and speaking differ, and so may a second model or server.
    static constexpr std::size_t count = 4;

    std::array<chunk_shape, count> shapes_;
    std::array<std::uint8_t, count> order_{0, 1, 2, 3}; // the one that served last comes first
    std::uint8_t known_ = 0;
    std::uint32_t in_vain_ = 0; // chunks parsed since any shape served
};

} // namespace aloft::chat
