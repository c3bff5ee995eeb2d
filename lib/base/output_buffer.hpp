#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace aloft {

/// Where a session writes what is to be sent. "Full" is a target, not a wall: a session stops
/// producing once it is reached, but the frame under way is always appended whole.
class output_buffer {
public:
    explicit output_buffer(std::size_t target) : target_(target) {}

    void append(const void* bytes, std::size_t count)
    {
        if (count != 0)
            std::memcpy(extend(count), bytes, count);
    }
    void append(std::string_view bytes) { append(bytes.data(), bytes.size()); }
    /// Appends `count` bytes for the caller to fill; the pointer is valid until the next append.
    char* extend(std::size_t count)
    {
        if (capacity_ - size_ < count)
            grow(count);
        char* const end = block_.get() + size_;
        size_ += count;
        return end;
    }
    /// Fills what extend() appended earlier, `at` bytes behind the front.
    void overwrite(std::size_t at, const void* bytes, std::size_t count) noexcept
    {
        std::memcpy(block_.get() + at, bytes, count);
    }

    [[nodiscard]] bool full() const noexcept { return size_ >= target_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view view() const noexcept { return {block_.get(), size_}; }
    void clear() noexcept { size_ = 0; }
    /// Gives the memory back; an idle connection holds none.
    void release() noexcept
    {
        block_.reset();
        size_ = capacity_ = 0;
    }

private:
    void grow(std::size_t count)
    {
        const std::size_t larger = std::max({size_ + count, capacity_ * 2, std::size_t{1024}});
        auto block = std::make_unique_for_overwrite<char[]>(larger);
        if (size_ != 0)
            std::memcpy(block.get(), block_.get(), size_);
        block_ = std::move(block);
        capacity_ = larger;
    }

    std::unique_ptr<char[]> block_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t target_;
};

} // namespace aloft
