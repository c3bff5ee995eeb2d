#pragma once

#include "coding/decoder.hpp"

#include <array>
#include <memory>

namespace aloft::coding {

/// Two codings, one undone after the other.
class chained_decoder final : public decoder {
public:
    chained_decoder(std::unique_ptr<decoder> first, std::unique_ptr<decoder> then);

    step decode(std::string_view in, std::span<char> out, error_code& ec) override;
    [[nodiscard]] bool complete() const noexcept override;
    [[nodiscard]] std::string_view reason() const noexcept override;

private:
    [[nodiscard]] std::string_view between() const noexcept
    {
        return {between_.data() + begin_, end_ - begin_};
    }

    std::unique_ptr<decoder> first_;
    std::unique_ptr<decoder> then_;
    std::array<char, 4096> between_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool first_has_more_ = false; // it filled what was there for it
};

} // namespace aloft::coding
