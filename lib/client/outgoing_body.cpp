#include "client/outgoing_body.hpp"

#include <utility>

namespace aloft {

void outgoing_body::take(const request& what, compression coded)
{
    const auto before = source_;
    coded_ = coded;
    source_ = what.source();
    bytes_ = &what.body();
    compressed_bytes_.reset();
    if (!source_) {
        if (coded != compression::none && !bytes_->empty()) {
            compressed_bytes_ = std::make_unique<payload>(coding::compress(*bytes_, coded));
            bytes_ = compressed_bytes_.get();
        }
    } else if (coded != compression::none) {
        // The one that took from it already is the one that can rewind it.
        if (!compressed_ || compressed_->source() != source_)
            compressed_ = std::make_shared<coding::compressed_source>(source_, coded);
        source_ = compressed_;
    }
    if (source_ != before)
        taken_ = false;
}

bool outgoing_body::rewind()
{
    if (source_ && taken_ && !source_->rewind())
        return false;
    at_ = bytes_->begin();
    offset_ = 0;
    sent_ = 0;
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
    if (sent_ == bytes_->size())
        return {{}, state::last};
    const auto rest = (*at_).substr(offset_);
    return {rest, sent_ + rest.size() == bytes_->size() ? state::last : state::more};
}

void outgoing_body::advance(std::size_t count)
{
    const auto now = timers_.now();
    if (std::exchange(taken_, true) && now != progressed_) {
        ++stalls_;
        stalled_ += now - progressed_;
    }
    progressed_ = now;
    if (source_) {
        source_->advance(count);
        return;
    }
    sent_ += count;
    offset_ += count;
    if (sent_ != bytes_->size() && offset_ == (*at_).size()) {
        ++at_;
        offset_ = 0;
    }
}

std::optional<std::uint64_t> outgoing_body::length() const
{
    return source_ ? source_->length() : bytes_->size();
}

const fields* outgoing_body::trailers() const
{
    return source_ ? source_->trailers() : nullptr;
}

} // namespace aloft
