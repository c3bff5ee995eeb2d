#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aloft {

/// Bytes kept readable behind the end of every receive buffer, so that simdjson parses in place.
inline constexpr std::size_t read_slack = 64;

/// Free lists of blocks by size class (512 B to 64 KiB). Blocks beyond the bound, or larger, go
/// back to the heap.
class buffer_pool {
public:
    buffer_pool() = default;
    ~buffer_pool();
    buffer_pool(const buffer_pool&) = delete;
    buffer_pool& operator=(const buffer_pool&) = delete;

    /// A block of at least `capacity` usable bytes, and slack behind; `capacity` becomes what it
    /// really holds.
    char* allocate(std::size_t& capacity);
    void release(char* block, std::size_t capacity) noexcept;

    [[nodiscard]] std::size_t bytes_in_use() const noexcept { return in_use_; }
    [[nodiscard]] std::size_t bytes_kept() const noexcept { return kept_; }

private:
    struct free_block {
        free_block* next;
    };
    static constexpr std::size_t smallest = 512;
    static constexpr std::size_t classes = 8; // 512 << 7 = 64 KiB
    static constexpr std::size_t most_kept = std::size_t{1} << 20;

    std::array<free_block*, classes> free_{};
    std::size_t in_use_ = 0;
    std::size_t kept_ = 0;
};

/// What has arrived on a stream and was not read yet: one contiguous run. Owns no block while it is
/// empty, so that a stream that keeps up costs nothing, and a small DATA frame costs its payload
/// and no node. A reader may borrow what is unread: it then stays where it is until consume(),
/// whatever arrives in between.
class receive_buffer {
public:
    receive_buffer() = default;
    receive_buffer(const receive_buffer&) = delete;
    receive_buffer& operator=(const receive_buffer&) = delete;

    /// The unread bytes, with `read_slack` readable bytes behind them.
    [[nodiscard]] std::string_view readable() const noexcept { return {block_ + begin_, size()}; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    /// Something must go back to a pool yet.
    [[nodiscard]] bool owns_memory() const noexcept
    {
        return block_ != nullptr || left_behind_ != nullptr;
    }
    /// The unread bytes may be looked at until the next consume().
    void lend() noexcept { lent_ = true; }

    void append(const char* bytes, std::size_t count, buffer_pool& pool);
    /// Drops `count` bytes from the front, at most all; the block goes back when nothing is left.
    void consume(std::size_t count, buffer_pool& pool) noexcept
    {
        begin_ += static_cast<std::uint32_t>(std::min(count, size()));
        lent_ = false;
        if (begin_ == end_ || left_behind_ != nullptr)
            give_back(pool);
    }
    /// Drops everything; what is lent stays readable until consume() or release().
    void clear(buffer_pool& pool) noexcept;
    /// Drops everything and owns no memory.
    void release(buffer_pool& pool) noexcept
    {
        lent_ = false;
        clear(pool);
    }

private:
    void make_room(std::size_t count, buffer_pool& pool);
    void leave_block(buffer_pool& pool) noexcept;
    void give_back(buffer_pool& pool) noexcept;

    char* block_ = nullptr;
    char* left_behind_ = nullptr; // the block that is lent, where the unread bytes have moved on
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
    std::uint32_t capacity_ = 0;
    std::uint32_t left_capacity_ = 0;
    bool lent_ = false;
    std::uint16_t usual_ = 0; // bytes that came before the reader had taken them all, lately
};

} // namespace aloft
