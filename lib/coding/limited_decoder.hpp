#pragma once

#include "coding/decoder.hpp"

#include <aloft/content_coding.hpp>

#include <memory>

namespace aloft::coding {

/// Ends what unfolds too far with errc::decoded_too_large.
class limited_decoder final : public decoder {
public:
    limited_decoder(std::unique_ptr<decoder> limited, decoding_limits limits);

    step decode(std::string_view in, std::span<char> out, error_code& ec) override;
    [[nodiscard]] bool complete() const noexcept override { return limited_->complete(); }
    [[nodiscard]] std::string_view reason() const noexcept override;

private:
    std::unique_ptr<decoder> limited_;
    const decoding_limits limits_;
    std::uint64_t read_ = 0;
    std::uint64_t written_ = 0;
    std::string_view exceeded_;
};

} // namespace aloft::coding
