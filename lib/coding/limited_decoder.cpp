#include "coding/limited_decoder.hpp"

#include <utility>

namespace aloft::coding {
namespace {

// A short body may be all of one character.
constexpr std::uint64_t unfolds_freely = std::uint64_t{1} << 20;

} // namespace

limited_decoder::limited_decoder(std::unique_ptr<decoder> limited, decoding_limits limits) :
    limited_(std::move(limited)), limits_(limits)
{
}

decoder::step limited_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    const auto done = limited_->decode(in, out, ec);
    read_ += done.read;
    written_ += done.written;
    if (written_ > limits_.size)
        exceeded_ = "decoding_limits::size";
    else if (written_ > unfolds_freely && written_ / limits_.ratio > read_)
        exceeded_ = "decoding_limits::ratio";
    if (exceeded_.empty())
        return done;
    ec = errc::decoded_too_large;
    return {done.read, 0};
}

std::string_view limited_decoder::reason() const noexcept
{
    return exceeded_.empty() ? limited_->reason() : exceeded_;
}

} // namespace aloft::coding
