#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace aloft::fuzz {

/// What a fuzzer gave, taken from the front; where nothing is left, zeros and empty texts come.
class input {
public:
    input(const std::uint8_t* data, std::size_t size) noexcept :
        left_(reinterpret_cast<const char*>(data), size)
    {
    }

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    std::uint8_t byte() noexcept
    {
        const auto taken = bytes(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
    }
    /// At most `count` bytes.
    std::string_view bytes(std::size_t count) noexcept
    {
        const auto taken = left_.substr(0, count);
        left_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view rest() noexcept { return bytes(left_.size()); }

private:
    std::string_view left_;
};

/// What must hold whatever a fuzzer gives.
inline void require(bool holds, const char* what) noexcept
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// A text in memory of its own, with the slack behind it that readers in place ask for, and not a
/// byte more.
class slack_text {
public:
    static constexpr std::size_t slack = 64;

    explicit slack_text(std::string_view text, char behind = '\\') :
        size_(text.size()), memory_(new char[text.size() + slack])
    {
        std::copy(text.begin(), text.end(), memory_.get());
        std::fill_n(memory_.get() + size_, slack, behind);
    }
    [[nodiscard]] std::string_view view() const noexcept { return {memory_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<char[]> memory_;
};

/// Cuts `bytes` into pieces whose sizes follow from `seed`, and shows each.
template <typename Each>
void in_pieces(std::string_view bytes, std::uint8_t seed, Each each)
{
    std::uint32_t state = seed * 2654435761U + 1;
    while (!bytes.empty()) {
        state = state * 1664525U + 1013904223U;
        // Often one byte, now and then many.
        const auto size =
            std::min<std::size_t>(bytes.size(), 1 + (state >> 24) % (1U << ((state >> 16) % 8)));
        each(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
}

} // namespace aloft::fuzz

/// One round with one input; every target defines it, and libFuzzer or replay.cpp calls it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
