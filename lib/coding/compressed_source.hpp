#pragma once

#include "coding/encoder.hpp"

#include <aloft/body_source.hpp>
#include <aloft/content_coding.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace aloft::coding {

/// A body compressed as it is pulled. Where the source has nothing more for now, what it gave is
/// flushed, so that a server that answers while it reads sees it.
class compressed_source final : public body_source {
public:
    compressed_source(std::shared_ptr<body_source> source, compression which);

    [[nodiscard]] const std::shared_ptr<body_source>& source() const noexcept { return source_; }

    run peek() override;
    void advance(std::size_t count) override { begin_ += count; }
    [[nodiscard]] const fields* trailers() const override { return source_->trailers(); }
    bool rewind() override;

private:
    run pull();

    const std::shared_ptr<body_source> source_;
    const compression which_;
    std::unique_ptr<encoder> encoder_;
    std::string ready_; // compressed; taken up to begin_
    std::size_t begin_ = 0;
    bool flushed_ = true; // the encoder holds nothing back
    bool ended_ = false;
};

} // namespace aloft::coding
