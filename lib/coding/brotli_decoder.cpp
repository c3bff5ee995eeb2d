#include "coding/brotli_decoder.hpp"

#include <new>

namespace aloft::coding {

brotli_decoder::brotli_decoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr))
{
    if (state_ == nullptr)
        throw std::bad_alloc();
}

decoder::step brotli_decoder::decode(std::string_view in, std::span<char> out, error_code& ec)
{
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    auto given = in.size();
    auto room = out.size();
    if (!ended_) {
        const auto result = BrotliDecoderDecompressStream(state_.get(), &given, &next_in, &room,
                                                          &next_out, nullptr);
        ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
        if (result == BROTLI_DECODER_RESULT_ERROR)
            ec = errc::malformed_coding;
    }
    if (ended_ && given != 0)
        ec = errc::malformed_coding;
    return {in.size() - given, out.size() - room};
}

std::string_view brotli_decoder::reason() const noexcept
{
    return ended_ ? "bytes behind the end"
                  : BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get()));
}

} // namespace aloft::coding
