#include "http2/nghttp2_allocator.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace aloft::http2 {

nghttp2_allocator::~nghttp2_allocator()
{
    for (auto* head : free_) {
        while (head != nullptr) {
            auto* next = head->next;
            std::free(header_of(head));
            head = next;
        }
    }
}

void* nghttp2_allocator::allocate(std::size_t size) noexcept
{
    const std::size_t index = size == 0 ? 0 : (size - 1) / step;
    std::size_t capacity = size;
    if (index < classes) {
        capacity = (index + 1) * step;
        if (auto* block = free_[index]) {
            free_[index] = block->next;
            kept_ -= capacity;
            return block;
        }
    }
    auto* head = static_cast<header*>(std::malloc(sizeof(header) + capacity));
    if (head == nullptr)
        return nullptr;
    head->capacity = capacity;
    return head + 1;
}

void nghttp2_allocator::release(void* block) noexcept
{
    if (block == nullptr)
        return;
    const auto capacity = header_of(block)->capacity;
    if (capacity <= classes * step && kept_ + capacity <= most_kept) {
        auto* head = static_cast<free_block*>(block);
        auto& list = free_[capacity / step - 1];
        head->next = list;
        list = head;
        kept_ += capacity;
        return;
    }
    std::free(header_of(block));
}

void* nghttp2_allocator::reallocate(void* block, std::size_t size) noexcept
{
    if (block == nullptr)
        return allocate(size);
    const auto capacity = header_of(block)->capacity;
    if (size <= capacity)
        return block;
    void* larger = allocate(size);
    if (larger != nullptr) {
        std::memcpy(larger, block, std::min(capacity, size));
        release(block);
    }
    return larger;
}

} // namespace aloft::http2
