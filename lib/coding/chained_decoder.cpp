#include "coding/chained_decoder.hpp"

#include <utility>

namespace aloft::coding {

chained_decoder::chained_decoder(std::unique_ptr<decoder> first, std::unique_ptr<decoder> then) :
    first_(std::move(first)), then_(std::move(then))
{
}

decoder::step chained_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    step total;
    for (;;) {
        const auto second = then_->decode(between(), out.subspan(total.written), ec);
        begin_ += second.read;
        total.written += second.written;
        if (ec || total.written == out.size())
            return total;
        if (total.read == in.size() && !first_has_more_)
            return total;
        const auto first = first_->decode(in.substr(total.read), between_, ec);
        total.read += first.read;
        begin_ = 0;
        end_ = first.written;
        first_has_more_ = first.written == between_.size();
        if (ec)
            return total;
    }
}

bool chained_decoder::complete() const noexcept
{
    return first_->complete() && !first_has_more_ && begin_ == end_ && then_->complete();
}

std::string_view chained_decoder::reason() const noexcept
{
    const auto said = first_->reason();
    return said.empty() ? then_->reason() : said;
}

} // namespace aloft::coding
