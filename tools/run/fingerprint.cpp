#include "run/fingerprint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <xxhash.h>

namespace aloft::tools {

fingerprint::fingerprint(std::string_view text, std::string_view context)
{
    const auto seed = context.empty() ? 0 : XXH3_64bits(context.data(), context.size());
    const auto hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
    bits_ = {hash.high64, hash.low64};
}

fingerprint fingerprint::parse(std::string_view hex)
{
    fingerprint made;
    if (hex.size() != 32)
        return made;
    for (std::size_t i = 0; i != 2; ++i) {
        const auto* const half = hex.data() + 16 * i;
        if (std::from_chars(half, half + 16, made.bits_[i], 16).ptr != half + 16)
            return {};
    }
    return made;
}

std::string fingerprint::hex() const
{
    return fmt::format("{:016x}{:016x}", bits_[0], bits_[1]);
}

} // namespace aloft::tools
