#include "pattern.hpp"

#include <algorithm>
#include <cstring>

namespace aloft::interop {
namespace {

constexpr std::size_t piece = 64 * 1024;

// Any permutation of the numbers would do; multiplying by an odd number is one.
constexpr std::uint64_t scattered(std::uint64_t word)
{
    word *= 0x9e3779b97f4a7c15U;
    return word ^ (word >> 29U);
}

} // namespace

void pattern::make()
{
    made_.resize(piece);
    for (std::size_t at = 0; at != piece; at += sizeof word_) {
        const auto value = scattered(word_++);
        std::memcpy(made_.data() + at, &value, sizeof value);
    }
    taken_ = 0;
}

std::string_view pattern::ahead()
{
    if (taken_ == made_.size() && left_ != 0)
        make();
    return std::string_view(made_).substr(taken_, left_);
}

void pattern::advance(std::size_t count)
{
    taken_ += count;
    left_ -= count;
}

bool pattern::matches(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto expected = ahead().substr(0, bytes.size());
        if (expected.empty() || bytes.substr(0, expected.size()) != expected)
            return false;
        bytes.remove_prefix(expected.size());
        advance(expected.size());
    }
    return true;
}

body_source::run pattern_source::peek()
{
    const auto bytes = bytes_.ahead();
    return {bytes, bytes.size() == bytes_.left() ? state::last : state::more};
}

void pattern_source::advance(std::size_t count)
{
    checksum_.process_bytes(bytes_.ahead().data(), count);
    bytes_.advance(count);
}

std::optional<std::uint64_t> pattern_source::length() const
{
    return announced_ ? std::optional(size_) : std::nullopt;
}

bool pattern_source::rewind()
{
    bytes_ = pattern(size_);
    checksum_.reset();
    return true;
}

} // namespace aloft::interop
