#pragma once

#include <array>
#include <cstddef>
#include <new>

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
        if (kept.count == kept.room || size != sizeof(T))
            return ::operator delete(block, size);
        static thread_local const end_of_thread gives_back;
        kept.all[kept.count++] = block;
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
        std::array<void*, 8> all{};
        std::size_t count = 0;
        std::size_t room = most;
    };
    // Never destroyed: static objects, and others of the thread, may come and go after
    // end_of_thread.
    static memory& blocks() noexcept
    {
        constinit static thread_local memory kept{};
        return kept;
    }
    struct end_of_thread {
        end_of_thread() noexcept {}
        end_of_thread(const end_of_thread&) = delete;
        end_of_thread& operator=(const end_of_thread&) = delete;
        ~end_of_thread()
        {
            auto& kept = blocks();
            kept.room = 0;
            while (kept.count != 0)
                ::operator delete(kept.all[--kept.count], sizeof(T));
        }
    };
};

} // namespace aloft
