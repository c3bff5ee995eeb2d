#include "client/outgoing_body.hpp"

namespace aloft {

void outgoing_body::reset(const payload& bytes)
{
    source_ = nullptr;
    bytes_ = bytes;
    at_ = bytes_.begin();
    offset_ = 0;
    sent_ = 0;
    taken_ = starved_ = false;
}

bool outgoing_body::reset(const std::shared_ptr<body_source>& source)
{
    source_ = source;
    return rewind();
}

bool outgoing_body::rewind()
{
    if (source_ && taken_ && !source_->rewind())
        return false;
    taken_ = starved_ = false;
    return true;
}

body_source::run outgoing_body::peek()
{
    if (source_) {
        const auto next = source_->peek();
        starved_ = next.bytes.empty() && next.after == state::more;
        return next;
    }
    if (sent_ == bytes_.size())
        return {{}, state::last};
    const auto rest = (*at_).substr(offset_);
    return {rest, sent_ + rest.size() == bytes_.size() ? state::last : state::more};
}

void outgoing_body::advance(std::size_t count)
{
    taken_ = true;
    progressed_ = timers_.now();
    if (source_) {
        source_->advance(count);
        return;
    }
    sent_ += count;
    offset_ += count;
    if (sent_ != bytes_.size() && offset_ == (*at_).size()) {
        ++at_;
        offset_ = 0;
    }
}

std::optional<std::uint64_t> outgoing_body::length() const
{
    return source_ ? source_->length() : bytes_.size();
}

const fields* outgoing_body::trailers() const
{
    return source_ ? source_->trailers() : nullptr;
}

} // namespace aloft
