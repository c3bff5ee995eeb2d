#include "base/outgoing_head.hpp"

namespace aloft {

void outgoing_head::grow()
{
    room_ *= 2;
    list_.resize(room_);
    begin_ = list_.data();
}

} // namespace aloft
