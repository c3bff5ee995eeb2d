#include "coding/zstd_decoder.hpp"

#include <new>

namespace aloft::coding {
namespace {

constexpr int largest_window_log = 23; // 8 MiB

constexpr std::string_view frame_magic = "\x28\xb5\x2f\xfd"; // RFC 8878, 3.1.1
constexpr std::string_view skippable_magic = "\x50\x2a\x4d\x18"; // 3.1.2; the first is 50 to 5f
constexpr std::size_t magic_size = 4;

constexpr std::size_t skippable_header = 8;
constexpr std::size_t least_header = 5; // up to the frame header descriptor

// RFC 8878, 3.1.1.1: what the descriptor says that follows it.
std::size_t header_size(unsigned char descriptor) noexcept
{
    constexpr std::array<std::size_t, 4> dictionary{0, 1, 2, 4};
    constexpr std::array<std::size_t, 4> content{0, 2, 4, 8};
    const bool single = (descriptor & 0x20U) != 0;
    const auto size = descriptor >> 6U;
    return least_header + (single ? 0 : 1) + dictionary[descriptor & 3U] +
           (single && size == 0 ? 1 : content[size]);
}

} // namespace

zstd_decoder::zstd_decoder() : context_(ZSTD_createDCtx())
{
    if (context_ == nullptr)
        throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log);
}

decoder::step zstd_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    const auto given = in.size();
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // Behind the end of a frame a call without input would begin the next.
    while (!ec && output.pos != output.size && (!in.empty() || !ended_)) {
        if (!in_frame_) {
            if (take_header(in, ec))
                go_on({header_.data(), held_}, output, ec);
            if (!in_frame_ && in.empty())
                break;
            continue;
        }
        const auto written = output.pos;
        const auto read = go_on(in, output, ec);
        in.remove_prefix(read);
        if (read == 0 && output.pos == written)
            break;
    }
    return {given - in.size(), output.pos};
}

/// Gathers the header of a frame, which libzstd is given whole: what it makes of a header that is
/// wrong depends on where it is cut otherwise. It may have been built to read formats from before
/// 0.8 as well, which are no content coding. And a frame that lies whole behind its header it would
/// read in another way, which finds faults that the usual one does not.
bool zstd_decoder::take_header(std::string_view& in, error_code& ec)
{
    while (held_ < wanted()) {
        if (in.empty())
            return false;
        const char next = in.front();
        const bool skippable = held_ == 0 ? (next & 0xf0) == 0x50 : is_skippable();
        if (held_ < magic_size && !(held_ == 0 && skippable) &&
            next != (skippable ? skippable_magic : frame_magic)[held_]) {
            reason_ = "not a zstd frame";
            ec = errc::malformed_coding;
            return false;
        }
        header_[held_++] = next;
        ended_ = false;
        in.remove_prefix(1);
    }
    in_frame_ = true;
    return true;
}

bool zstd_decoder::is_skippable() const noexcept
{
    return header_.front() != frame_magic.front();
}

std::size_t zstd_decoder::wanted() const noexcept
{
    if (held_ < least_header)
        return least_header;
    return is_skippable() ? skippable_header
                          : header_size(static_cast<unsigned char>(header_[magic_size]));
}

std::size_t zstd_decoder::go_on(std::string_view in, ZSTD_outBuffer& output, error_code& ec)
{
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    const auto result = ZSTD_decompressStream(context_.get(), &output, &input);
    ended_ = result == 0;
    if (ended_) {
        in_frame_ = false;
        held_ = 0;
    }
    if (ZSTD_isError(result) != 0) {
        reason_ = ZSTD_getErrorName(result);
        ec = errc::malformed_coding;
    }
    return input.pos;
}

} // namespace aloft::coding
