#include "chat/json_text.hpp"

#include <aloft/chat_image.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace aloft::chat {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string data_uri(std::string_view mime, std::string_view bytes)
{
    if (bytes.empty())
        return {};
    std::string uri = "data:";
    uri.append(mime).append(";base64,");
    const std::size_t prefix = uri.size();
    uri.resize(prefix + (bytes.size() + 2) / 3 * 4);
    auto* to = reinterpret_cast<unsigned char*>(uri.data() + prefix);
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    // EVP_EncodeBlock counts in int; whole groups of three can be encoded piece by piece.
    constexpr std::size_t piece = std::size_t{3} << 24;
    for (std::size_t left = bytes.size(); left != 0;) {
        const std::size_t count = std::min(left, piece);
        to += EVP_EncodeBlock(to, from, static_cast<int>(count));
        from += count;
        left -= count;
    }
    return uri;
}

} // namespace

image::image(payload::segment url, bool verbatim) noexcept :
    url_(std::move(url)), verbatim_(verbatim)
{
}

image::image(std::string_view mime, std::string_view bytes) :
    image(std::make_shared<const std::string>(data_uri(mime, bytes)), json::needs_no_escape(mime))
{
}

image::image(std::string_view mime, std::span<const std::byte> bytes) : image(mime, text_of(bytes))
{
}

image image::at(std::string url)
{
    const bool verbatim = json::needs_no_escape(url);
    return {std::make_shared<const std::string>(std::move(url)), verbatim};
}

image png(std::string_view bytes)
{
    return {"image/png", bytes};
}

image png(std::span<const std::byte> bytes)
{
    return {"image/png", bytes};
}

image jpeg(std::string_view bytes)
{
    return {"image/jpeg", bytes};
}

image jpeg(std::span<const std::byte> bytes)
{
    return {"image/jpeg", bytes};
}

image image_url(std::string url)
{
    return image::at(std::move(url));
}

} // namespace aloft::chat
