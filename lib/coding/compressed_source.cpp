#include "coding/compressed_source.hpp"

#include <utility>

namespace aloft::coding {
namespace {

// Bytes compressed between two looks at what came of them.
constexpr std::size_t piece = std::size_t{64} << 10;
// Compressed bytes worth sending before the source is asked for more: a DATA frame.
constexpr std::size_t enough = std::size_t{16} << 10;

} // namespace

compressed_source::compressed_source(std::shared_ptr<body_source> source, compression which) :
    source_(std::move(source)), which_(which), encoder_(make_encoder(which))
{
}

body_source::run compressed_source::peek()
{
    if (begin_ == ready_.size()) {
        ready_.clear();
        begin_ = 0;
        if (!ended_)
            return pull();
    }
    return {std::string_view(ready_).substr(begin_), ended_ ? state::last : state::more};
}

/// Compresses until there is something to send, or nothing to compress.
body_source::run compressed_source::pull()
{
    using flush = encoder::flush;
    while (ready_.size() < enough && !ended_) {
        const auto next = source_->peek();
        if (next.after == state::failed)
            return {{}, state::failed};
        const auto part = next.bytes.substr(0, piece);
        ended_ = next.after == state::last && part.size() == next.bytes.size();
        const bool starved = part.empty() && !ended_;
        if (starved && flushed_)
            break;
        encoder_->encode(part, ended_ ? flush::finish : starved ? flush::now : flush::none, ready_);
        flushed_ = starved;
        if (!part.empty())
            source_->advance(part.size());
    }
    return {ready_, ended_ ? state::last : state::more};
}

bool compressed_source::rewind()
{
    if (!source_->rewind())
        return false;
    encoder_ = make_encoder(which_);
    ready_.clear();
    begin_ = 0;
    flushed_ = true;
    ended_ = false;
    return true;
}

} // namespace aloft::coding
