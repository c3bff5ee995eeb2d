#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace aloft::tools {

/// 128 bits that stand for a text: long enough that two of a billion texts never share one.
class fingerprint {
public:
    fingerprint() = default;
    /// Of `text`, and of `context`, which changes it where it is not empty.
    explicit fingerprint(std::string_view text, std::string_view context = {});
    /// From hex(); all zero where that is no fingerprint.
    static fingerprint parse(std::string_view hex);

    [[nodiscard]] std::string hex() const;
    bool operator==(const fingerprint&) const = default;

private:
    friend struct std::hash<fingerprint>;
    std::array<std::uint64_t, 2> bits_{};
};

} // namespace aloft::tools

template <>
struct std::hash<aloft::tools::fingerprint> {
    std::size_t operator()(const aloft::tools::fingerprint& of) const noexcept
    {
        return of.bits_[0];
    }
};
