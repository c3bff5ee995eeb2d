#pragma once

#include <aloft/body_source.hpp>

#include <boost/crc.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::interop {

/// Bytes of which each place has its own, so that what is lost, doubled or swapped on the way is
/// seen.
class pattern {
public:
    explicit pattern(std::uint64_t size) : left_(size) {}

    /// The bytes from where it stands, up to 64 Ki; empty at the end.
    [[nodiscard]] std::string_view ahead();
    void advance(std::size_t count);
    /// Whether `bytes` are the next ones; steps over them.
    bool matches(std::string_view bytes);
    [[nodiscard]] bool over() const noexcept { return left_ == 0; }
    [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

private:
    void make();

    std::uint64_t left_; // bytes from the place where it stands
    std::uint64_t word_ = 0; // the next that make() writes
    std::string made_;
    std::size_t taken_ = 0; // of made_
};

/// The pattern as the body of a request; `announced` says whether its length is told beforehand.
class pattern_source final : public body_source {
public:
    pattern_source(std::uint64_t size, bool announced) :
        size_(size), announced_(announced), bytes_(size)
    {
    }

    run peek() override;
    void advance(std::size_t count) override;
    [[nodiscard]] std::optional<std::uint64_t> length() const override;
    bool rewind() override;
    /// CRC-32 (of zlib) of what was taken.
    [[nodiscard]] std::uint32_t checksum() const { return checksum_.checksum(); }

private:
    std::uint64_t size_;
    bool announced_;
    pattern bytes_;
    boost::crc_32_type checksum_;
};

} // namespace aloft::interop
