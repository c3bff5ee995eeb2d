#pragma once

#include "coding/decoder.hpp"

#include <optional>
#include <utility>
#include <zlib.h>

namespace aloft::coding {

/// gzip (RFC 1952), of any number of members, and what goes by the name of deflate: the zlib format
/// (RFC 1950) that RFC 9110 means, or the bare stream (RFC 1951) that some send.
class inflate_decoder final : public decoder {
public:
    enum class format { gzip, deflate };

    explicit inflate_decoder(format which);
    ~inflate_decoder() override;
    inflate_decoder(const inflate_decoder&) = delete;
    inflate_decoder& operator=(const inflate_decoder&) = delete;

    step decode(std::string_view in, std::span<char> out, error_code& ec) override;
    [[nodiscard]] bool complete() const noexcept override { return ended_; }
    [[nodiscard]] std::string_view reason() const noexcept override;

private:
    void begin(int window_bits);
    bool recognise(std::string_view& in, step& done);
    void inflate(std::string_view in, std::span<char> out, step& done, error_code& ec);
    bool next_member(error_code& ec);

    const format format_;
    z_stream zlib_{};
    bool begun_ = false;
    bool ended_ = false; // the member that was read last
    std::optional<char> first_; // of deflate, until a second byte tells which it is
};

} // namespace aloft::coding
