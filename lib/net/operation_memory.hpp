#pragma once

#include <cstddef>
#include <new>

namespace aloft::net {

/// Room for one Asio operation at a time, within the object that starts it.
class operation_memory {
public:
    operation_memory() = default;
    operation_memory(const operation_memory&) = delete;
    operation_memory& operator=(const operation_memory&) = delete;

    void* allocate(std::size_t size)
    {
        if (used_ || size > sizeof room_)
            return ::operator new(size);
        used_ = true;
        return room_;
    }

    void deallocate(void* block) noexcept
    {
        if (block == room_)
            used_ = false;
        else
            ::operator delete(block);
    }

private:
    alignas(std::max_align_t) std::byte room_[256];
    bool used_ = false;
};

/// The allocator by which Asio finds an operation_memory.
template <class T>
class operation_allocator {
public:
    using value_type = T;

    explicit operation_allocator(operation_memory& memory) noexcept : memory_{&memory} {}
    template <class U>
    operation_allocator(const operation_allocator<U>& other) noexcept : memory_{other.memory_}
    {
    }

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
    void deallocate(T* block, std::size_t) noexcept { memory_->deallocate(block); }

    template <class U>
    bool operator==(const operation_allocator<U>& other) const noexcept
    {
        return memory_ == other.memory_;
    }

private:
    template <class U>
    friend class operation_allocator;

    operation_memory* memory_;
};

} // namespace aloft::net
