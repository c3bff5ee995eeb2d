#pragma once

#include <array>
#include <cstddef>

namespace aloft::http2 {

/// The heap of one nghttp2 session. nghttp2 allocates several small blocks a stream (the stream,
/// its frames, their field arrays); here each comes from a free list of its size class. Blocks
/// beyond the bound, or larger than the largest class, go to the system's heap.
class nghttp2_allocator {
public:
    nghttp2_allocator() = default;
    ~nghttp2_allocator();
    nghttp2_allocator(const nghttp2_allocator&) = delete;
    nghttp2_allocator& operator=(const nghttp2_allocator&) = delete;

    /// Null when memory is exhausted, as nghttp2 expects.
    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    void* reallocate(void* block, std::size_t size) noexcept;

    [[nodiscard]] std::size_t bytes_kept() const noexcept { return kept_; }

private:
    struct alignas(std::max_align_t) header {
        std::size_t capacity; // of the user's part
    };
    struct free_block {
        free_block* next;
    };
    static constexpr std::size_t step = 64;
    static constexpr std::size_t classes = 16; // up to 1 KiB
    static constexpr std::size_t most_kept = std::size_t{256} << 10;

    static header* header_of(void* block) noexcept { return static_cast<header*>(block) - 1; }

    std::array<free_block*, classes> free_{};
    std::size_t kept_ = 0;
};

} // namespace aloft::http2
