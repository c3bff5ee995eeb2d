#include "base/receive_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

namespace aloft {
namespace {

constexpr std::uint32_t most_usual = 8192;

std::size_t class_of(std::size_t capacity, std::size_t smallest) noexcept
{
    return capacity <= smallest
               ? 0
               : static_cast<std::size_t>(std::bit_width((capacity - 1) / smallest));
}

} // namespace

buffer_pool::~buffer_pool()
{
    for (auto* head : free_) {
        while (head != nullptr) {
            auto* next = head->next;
            ::operator delete(head);
            head = next;
        }
    }
}

char* buffer_pool::allocate(std::size_t& capacity)
{
    const auto index = class_of(capacity, smallest);
    if (index < classes) {
        capacity = smallest << index;
        if (auto* block = free_[index]) {
            free_[index] = block->next;
            kept_ -= capacity;
            in_use_ += capacity;
            return reinterpret_cast<char*>(block);
        }
    }
    auto* block = static_cast<char*>(::operator new(capacity + read_slack));
    std::memset(block + capacity, 0, read_slack);
    in_use_ += capacity;
    return block;
}

void buffer_pool::release(char* block, std::size_t capacity) noexcept
{
    in_use_ -= capacity;
    const auto index = class_of(capacity, smallest);
    if (index < classes && kept_ + capacity <= most_kept) {
        auto* head = reinterpret_cast<free_block*>(block);
        head->next = free_[index];
        free_[index] = head;
        kept_ += capacity;
        return;
    }
    ::operator delete(block);
}

void receive_buffer::append(const char* bytes, std::size_t count, buffer_pool& pool)
{
    if (count == 0)
        return;
    if (capacity_ - end_ < count)
        make_room(count, pool);
    std::memcpy(block_ + end_, bytes, count);
    end_ += static_cast<std::uint32_t>(count);
}

void receive_buffer::clear(buffer_pool& pool) noexcept
{
    begin_ = end_ = 0;
    if (lent_)
        leave_block(pool);
    else
        give_back(pool);
}

/// The bytes go on in another block, or are dropped.
void receive_buffer::leave_block(buffer_pool& pool) noexcept
{
    if (lent_ && left_behind_ == nullptr) {
        left_behind_ = block_;
        left_capacity_ = capacity_;
    } else if (block_ != nullptr) {
        pool.release(block_, capacity_);
    }
    block_ = nullptr;
    capacity_ = 0;
}

/// Nobody looks at the block left behind any more, nor at the present one when it is empty.
void receive_buffer::give_back(buffer_pool& pool) noexcept
{
    if (auto* left = std::exchange(left_behind_, nullptr))
        pool.release(left, left_capacity_);
    if (begin_ != end_)
        return;
    if (block_ != nullptr)
        pool.release(block_, capacity_);
    const auto lately = std::min(end_, most_usual);
    usual_ = static_cast<std::uint16_t>(std::max<std::uint32_t>(lately, usual_ - usual_ / 4U));
    block_ = nullptr;
    begin_ = end_ = capacity_ = 0;
}

void receive_buffer::make_room(std::size_t count, buffer_pool& pool)
{
    const auto unread = size();
    // Moving what is unread to the front is cheaper than a larger block as long as it frees half of
    // this one.
    if (!lent_ && capacity_ - unread >= count && begin_ >= capacity_ / 2) {
        std::memmove(block_, block_ + begin_, unread);
    } else {
        // Half as much again: filling a buffer piece by piece stays linear.
        auto capacity = std::max<std::size_t>(unread + count, capacity_ + capacity_ / 2);
        // A stream of which each read brings some events needs no small block first.
        if (block_ == nullptr)
            capacity = std::max<std::size_t>(capacity, usual_);
        char* larger = pool.allocate(capacity);
        if (unread != 0)
            std::memcpy(larger, block_ + begin_, unread);
        leave_block(pool);
        block_ = larger;
        capacity_ = static_cast<std::uint32_t>(capacity);
    }
    begin_ = 0;
    end_ = static_cast<std::uint32_t>(unread);
}

} // namespace aloft
