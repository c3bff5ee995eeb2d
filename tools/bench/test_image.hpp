#pragma once

#include <cstdint>
#include <string>

namespace aloft::tools::bench {

/// A PNG that looks to an encoder like a screenshot: flat areas, edges, and rows like text.
/// Another `seed` gives another picture.
std::string test_image(std::uint32_t width, std::uint32_t height, std::uint64_t seed);

} // namespace aloft::tools::bench
