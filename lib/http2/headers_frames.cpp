#include "http2/headers_frames.hpp"

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstring>

namespace aloft::http2 {
namespace {

constexpr std::size_t largest_payload = 16384; // SETTINGS_MAX_FRAME_SIZE is never less
constexpr std::size_t header_size = 9;

} // namespace

void append_headers(output_buffer& out, const std::uint8_t* header, std::string_view block)
{
    constexpr std::size_t type = 3;
    constexpr std::size_t flags = 4;
    bool first = true;
    do {
        const auto part = block.substr(0, largest_payload);
        block.remove_prefix(part.size());
        auto* const to = out.extend(header_size + part.size());
        std::memcpy(to, header, header_size);
        to[0] = static_cast<char>(part.size() >> 16);
        to[1] = static_cast<char>(part.size() >> 8 & 0xff);
        to[2] = static_cast<char>(part.size() & 0xff);
        to[type] = first ? NGHTTP2_HEADERS : NGHTTP2_CONTINUATION;
        to[flags] = static_cast<char>((first ? header[flags] & NGHTTP2_FLAG_END_STREAM : 0) |
                                      (block.empty() ? NGHTTP2_FLAG_END_HEADERS : 0));
        if (!part.empty())
            std::memcpy(to + header_size, part.data(), part.size());
        first = false;
    } while (!block.empty());
}

} // namespace aloft::http2
