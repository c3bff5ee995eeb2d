#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace aloft {

/// Base of what is made for each request: a thread keeps the memory of the last few, where the next
/// one is found at a tenth of what the allocator takes (malloc and free of a block that is not its
/// last: 150 instructions). Sanitizers see every block come and go.
template <class T>
class recycled {
public:
    static void* operator new(std::size_t size)
    {
        auto& kept = blocks();
        return kept.count != 0 && size == sizeof(T) ? kept.all[--kept.count] : ::operator new(size);
    }
    static void operator delete(void* block, std::size_t size) noexcept
    {
        auto& kept = blocks();
        if (kept.count < most && size == sizeof(T))
            kept.all[kept.count++] = block;
        else
            ::operator delete(block, size);
    }

private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static constexpr std::size_t most = 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    static constexpr std::size_t most = 0;
#else
    static constexpr std::size_t most = 8;
#endif
#else
    static constexpr std::size_t most = 8;
#endif

    struct memory {
        memory() = default;
        memory(const memory&) = delete;
        memory& operator=(const memory&) = delete;
        // What is let go of after this, as by static objects, goes back at once.
        ~memory()
        {
            for (std::size_t each = 0; each != count; ++each)
                ::operator delete(all[each], sizeof(T));
            count = most;
        }

        std::array<void*, 8> all{};
        std::size_t count = 0;
    };
    static memory& blocks() noexcept
    {
        thread_local memory kept;
        return kept;
    }
};

} // namespace aloft
