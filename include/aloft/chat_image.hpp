#pragma once

#include <aloft/payload.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aloft::chat {

/// A picture of a message: encoded once, then shared by every message, request and attempt that
/// carries it. Cheap to copy. Copies may be used from different threads.
class image {
public:
    image() noexcept = default;
    /// A data URI of `bytes`, in base64. `mime` names their type, such as "image/webp".
    image(std::string_view mime, std::string_view bytes);
    image(std::string_view mime, std::span<const std::byte> bytes);

    /// A picture the server fetches itself, or a data URI made elsewhere.
    static image at(std::string url);

    /// The URL or data URI; empty for an image made from nothing.
    std::string_view url() const noexcept
    {
        return url_ ? std::string_view(*url_) : std::string_view();
    }
    /// The same bytes, to be shared.
    const payload::segment& shared() const noexcept { return url_; }
    bool empty() const noexcept { return url().empty(); }
    /// True if the URL can stand between the quotes of a JSON string as it is.
    bool verbatim() const noexcept { return verbatim_; }

private:
    image(payload::segment url, bool verbatim) noexcept;

    payload::segment url_;
    bool verbatim_ = false;
};

/// The image of a PNG file's bytes.
image png(std::string_view bytes);
image png(std::span<const std::byte> bytes);
/// The image of a JPEG file's bytes.
image jpeg(std::string_view bytes);
image jpeg(std::span<const std::byte> bytes);
/// The image found at `url`.
image image_url(std::string url);

} // namespace aloft::chat
