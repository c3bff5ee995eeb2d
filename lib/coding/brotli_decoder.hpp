#pragma once

#include "coding/decoder.hpp"

#include <brotli/decode.h>
#include <memory>

namespace aloft::coding {

/// br (RFC 7932). Its window is 16 MiB at the most; the larger ones of an extension are not taken.
class brotli_decoder final : public decoder {
public:
    brotli_decoder();

    step decode(std::string_view in, std::span<char> out, error_code& ec) override;
    [[nodiscard]] bool complete() const noexcept override { return ended_; }
    [[nodiscard]] std::string_view reason() const noexcept override;

private:
    struct destroy {
        void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
    };

    std::unique_ptr<BrotliDecoderState, destroy> state_;
    bool ended_ = false;
};

} // namespace aloft::coding
