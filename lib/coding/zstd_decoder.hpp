#pragma once

#include "coding/decoder.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <zstd.h>

namespace aloft::coding {

/// zstd (RFC 8878), of any number of frames. A window beyond 8 MiB is refused, as RFC 9659 has it
/// for content codings.
class zstd_decoder final : public decoder {
public:
    zstd_decoder();

    step decode(std::string_view in, std::span<char> out, error_code& ec) override;
    [[nodiscard]] bool complete() const noexcept override { return ended_; }
    [[nodiscard]] std::string_view reason() const noexcept override { return reason_; }

private:
    bool take_header(std::string_view& in, error_code& ec);
    [[nodiscard]] bool is_skippable() const noexcept;
    [[nodiscard]] std::size_t wanted() const noexcept;
    std::size_t go_on(std::string_view in, ZSTD_outBuffer& output, error_code& ec);

    struct destroy {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };

    std::unique_ptr<ZSTD_DCtx, destroy> context_;
    std::string_view reason_;
    std::array<char, 18> header_; // of the frame that is read; as far as held_
    std::size_t held_ = 0;
    bool in_frame_ = false; // behind its header
    bool ended_ = false; // the frame that was read last
};

} // namespace aloft::coding
