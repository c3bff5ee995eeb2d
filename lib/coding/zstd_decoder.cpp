#include "coding/zstd_decoder.hpp"

#include <new>

namespace aloft::coding {
namespace {

constexpr int largest_window_log = 23; // 8 MiB

} // namespace

zstd_decoder::zstd_decoder() : context_(ZSTD_createDCtx())
{
    if (context_ == nullptr)
        throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log);
}

decoder::step zstd_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // Behind the end of a frame a call without input would begin the next.
    while (!ec && output.pos != output.size && (input.pos != input.size || !ended_)) {
        const auto before = input.pos + output.pos;
        const auto result = ZSTD_decompressStream(context_.get(), &output, &input);
        ended_ = result == 0;
        if (ZSTD_isError(result) != 0) {
            reason_ = ZSTD_getErrorName(result);
            ec = errc::malformed_coding;
        }
        if (input.pos + output.pos == before)
            break;
    }
    return {input.pos, output.pos};
}

} // namespace aloft::coding
