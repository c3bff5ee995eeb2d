#include "http2/nghttp2_setup.hpp"

#include <algorithm>
#include <new>

namespace aloft::http2 {
namespace {

// nghttp2's default bound of a header block it sends, less what it adds to the fields itself; and
// what nghttp2_hd_deflate_bound() counts for a field besides its bytes.
constexpr std::size_t largest_block_sent = 65536 - 32;
constexpr std::size_t bound_of_field = 12;

// PING and SETTINGS that wait to be acknowledged while the peer reads nothing.
constexpr std::size_t most_acks = 256;

// Newer than 1.52, though Debian's 1.52 has it: found by argument-dependent lookup where declared.
template <typename Option>
void allow_continuations(Option* options, std::size_t frames)
{
    if constexpr (requires { nghttp2_option_set_max_continuations(options, frames); })
        nghttp2_option_set_max_continuations(options, frames);
}

std::uint8_t* bytes(const char* text) noexcept
{
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text));
}

} // namespace

nghttp2_nv as_nv(const fields::field& from, std::uint8_t flags) noexcept
{
    return {bytes(from.name.data()), bytes(from.value.data()), from.name.size(), from.value.size(),
            flags};
}

field_array::field_array(const fields& from, std::uint8_t flags)
{
    count_ = from.count();
    if (count_ > few_.size())
        more_.resize(count_);
    auto* to = more_.empty() ? few_.data() : more_.data();
    for (const auto& each : from)
        *to++ = as_nv(each, flags);
}

bool sendable(const fields& list) noexcept
{
    std::size_t size = 0;
    for (const auto& [name, value] : list)
        size += name.size() + value.size() + bound_of_field;
    return size <= largest_block_sent;
}

bool sendable(const outgoing_head& list) noexcept
{
    return list.bytes() + list.count() * bound_of_field <= largest_block_sent;
}

session_options::session_options(const session_limits& limits)
{
    if (nghttp2_option_new(&options_) != 0)
        throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(options_, 1);
    nghttp2_option_set_no_closed_streams(options_, 1);
    nghttp2_option_set_max_outbound_ack(options_, most_acks);
    nghttp2_option_set_peer_max_concurrent_streams(options_, limits.streams_before_settings);
    // A list within our limit must not fail for being cut into frames of the smallest size allowed.
    allow_continuations(options_, std::max<std::size_t>(8, limits.header_list / 16384 + 2));
}

} // namespace aloft::http2
