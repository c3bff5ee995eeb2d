#pragma once

#include <aloft/chat_delta.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace aloft::autoglm::detail {

/// Decoded events to be used again. A reply has one only while somebody may look at a delta of it,
/// which of thousands that wait few do.
class chunk_pool {
public:
    std::unique_ptr<chat::chunk> take()
    {
        return kept_ == 0 ? std::make_unique<chat::chunk>() : std::move(chunks_[--kept_]);
    }
    void give_back(std::unique_ptr<chat::chunk> used) noexcept
    {
        if (kept_ != chunks_.size())
            chunks_[kept_++] = std::move(used);
    }

private:
    std::array<std::unique_ptr<chat::chunk>, 32> chunks_;
    std::size_t kept_ = 0;
};

} // namespace aloft::autoglm::detail
