#include "bench/test_image.hpp"

#include <random>
#include <stdexcept>
#include <string_view>
#include <zlib.h>

namespace aloft::tools::bench {
namespace {

std::string big_endian(std::uint32_t value)
{
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes.push_back(static_cast<char>(value >> shift & 0xff));
    return bytes;
}

// PNG, 5.3: length, type, data, and a CRC of the latter two.
std::string chunk(std::string_view type, std::string_view data)
{
    std::string checked(type);
    checked += data;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
    return big_endian(static_cast<std::uint32_t>(data.size())) + checked +
           big_endian(static_cast<std::uint32_t>(crc));
}

/// Rows of RGB, each behind its filter type 0. Every card of 160 rows has a colour of its own and
/// a band of text-like noise in grey.
std::string pixels(std::uint32_t width, std::uint32_t height, std::uint64_t seed)
{
    constexpr std::uint32_t card = 160;
    std::mt19937_64 random(seed);
    std::string rows;
    rows.reserve((std::size_t{width} * 3 + 1) * height);
    std::uint64_t colour = 0;
    for (std::uint32_t y = 0; y != height; ++y) {
        if (y % card == 0)
            colour = random();
        const bool text = y % card >= 40 && y % card < 72;
        rows.push_back(0);
        std::uint64_t bits = 0;
        for (std::uint32_t x = 0; x != width; ++x) {
            if (text && x % 32 == 0)
                bits = random();
            const bool ink = text && x > 48 && x < width * 3 / 4 && (bits >> x % 32 & 1) != 0;
            for (const unsigned shift : {0U, 8U, 16U})
                rows.push_back(ink ? '\x30' : static_cast<char>(colour >> shift | 0x80));
        }
    }
    return rows;
}

std::string deflated(const std::string& bytes)
{
    auto size = compressBound(static_cast<uLong>(bytes.size()));
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                  reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                  Z_BEST_SPEED) != Z_OK)
        throw std::runtime_error("zlib cannot compress a test image");
    out.resize(size);
    return out;
}

} // namespace

std::string test_image(std::uint32_t width, std::uint32_t height, std::uint64_t seed)
{
    constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
    constexpr std::string_view rgb8("\x08\x02\x00\x00\x00", 5); // depth, colour type, no interlace
    return std::string(signature) +
           chunk("IHDR", big_endian(width) + big_endian(height) + std::string(rgb8)) +
           chunk("IDAT", deflated(pixels(width, height, seed))) + chunk("IEND", {});
}

} // namespace aloft::tools::bench
