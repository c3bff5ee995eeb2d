#pragma once

#include <cstddef>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace aloft::sse {

#ifdef __SSE2__

/// The first CR or LF of the 64 bytes at `from`, or null.
inline const char* find_line_end_in_block(const char* from) noexcept
{
    const __m128i line_feed = _mm_set1_epi8('\n');
    const __m128i carriage_return = _mm_set1_epi8('\r');
    for (const char* at = from; at != from + 64; at += 16) {
        __m128i bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const __m128i ends =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, line_feed), _mm_cmpeq_epi8(bytes, carriage_return));
        if (const int mask = _mm_movemask_epi8(ends))
            return at + __builtin_ctz(static_cast<unsigned>(mask));
    }
    return nullptr;
}

/// The first CR or LF of [begin, end), or end. May read up to 63 bytes behind end.
inline const char* find_line_end(const char* begin, const char* end) noexcept
{
    const __m128i greatest = _mm_set1_epi8('\r');
    for (const char* at = begin; at < end; at += 64) {
        // JSON has no byte as small as CR, so one comparison passes over most blocks.
        __m128i bytes[4];
        std::memcpy(bytes, at, sizeof bytes);
        const __m128i least =
            _mm_min_epu8(_mm_min_epu8(bytes[0], bytes[1]), _mm_min_epu8(bytes[2], bytes[3]));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(least, greatest), least)) == 0)
            continue;
        if (const char* found = find_line_end_in_block(at))
            return found < end ? found : end;
    }
    return end;
}

#else

/// The first CR or LF of [begin, end), or end.
inline const char* find_line_end(const char* begin, const char* end) noexcept
{
    const auto length = static_cast<std::size_t>(end - begin);
    const void* line_feed = length ? std::memchr(begin, '\n', length) : nullptr;
    const char* stop = line_feed ? static_cast<const char*>(line_feed) : end;
    const auto before = static_cast<std::size_t>(stop - begin);
    const void* carriage_return = before ? std::memchr(begin, '\r', before) : nullptr;
    return carriage_return ? static_cast<const char*>(carriage_return) : stop;
}

#endif

} // namespace aloft::sse
