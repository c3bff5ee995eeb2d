#include "chat/chunk_shapes.hpp"

#include <algorithm>

namespace aloft::chat {

// Where no two chunks are alike, as with random padding or log probabilities, that is soon not
// tried at each of them.
bool chunk_shapes::is_worth_trying() const noexcept
{
    constexpr std::uint32_t patience = 64;
    return in_vain_ < patience || in_vain_ % patience == 0;
}

void chunk_shapes::put_first(std::size_t at) noexcept
{
    const std::uint8_t served = order_[at];
    for (; at != 0; --at)
        order_[at] = order_[at - 1];
    order_[0] = served;
}

bool chunk_shapes::read(std::string_view data, delta& to) noexcept
{
    if (!is_worth_trying())
        return false;
    for (std::uint8_t at = 0; at != known_; ++at) {
        if (!shapes_[order_[at]].read(data, to))
            continue;
        put_first(at);
        in_vain_ = 0;
        return true;
    }
    return false;
}

void chunk_shapes::learn(std::string_view data, const delta& from)
{
    ++in_vain_;
    if (!is_worth_trying())
        return;
    const std::size_t last = std::min<std::size_t>(known_, count - 1);
    if (!shapes_[order_[last]].learn(data, from)) {
        known_ = static_cast<std::uint8_t>(last); // it is spoilt
        return;
    }
    known_ = static_cast<std::uint8_t>(last + 1);
    put_first(last);
}

} // namespace aloft::chat
