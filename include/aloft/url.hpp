#pragma once

#include <aloft/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft {

/// Whom a request goes to: scheme, host and port (RFC 6454).
class origin {
public:
    origin() = default;
    origin(bool secure, std::string host, std::uint16_t port) :
        secure_(secure), port_(port), host_(std::move(host))
    {
    }

    [[nodiscard]] bool secure() const noexcept { return secure_; }
    /// Lower case; an IPv6 address without brackets.
    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string_view scheme() const noexcept { return secure_ ? "https" : "http"; }
    /// "host" or "host:port", as the Host field and ":authority" want it.
    [[nodiscard]] std::string authority() const;
    /// "https://host:port", for messages and maps.
    [[nodiscard]] std::string name() const;

    bool operator==(const origin&) const = default;

private:
    bool secure_ = false;
    std::uint16_t port_ = 80;
    std::string host_;
};

/// An http or https URL, taken apart. Userinfo and fragment are refused: neither belongs on this
/// wire. Copies share what they hold, which never changes, so that a request costs no memory for
/// the URL of a thousand others; they may be used from different threads.
class url {
public:
    /// "http://" of nobody, path "/".
    url() : parts_(nobody()) {}
    url(const url&) = default;
    url(url&& other) noexcept : parts_(other.parts_) {} // what is left behind stays a URL
    url& operator=(const url&) = default;
    url& operator=(url&& other) noexcept { return parts_.swap(other.parts_), *this; }
    ~url() = default;
    /// Parses; `ec` is errc::invalid_url when the text is not an absolute http or https URL.
    static url parse(std::string_view text, error_code& ec);

    [[nodiscard]] const aloft::origin& origin() const noexcept { return parts_->origin; }
    /// Path and query, at least "/".
    [[nodiscard]] const std::string& target() const noexcept { return parts_->target; }
    /// This URL with `path` appended to its path (a base URL such as http://host/v1 and
    /// "/chat/completions").
    [[nodiscard]] url join(std::string_view path) const;
    /// What `reference`, absolute or relative, means where this URL is the base (RFC 3986, 5.2), as
    /// in a Location field. A fragment is dropped, what no URL may have is escaped. `ec` as for
    /// parse().
    [[nodiscard]] url resolve(std::string_view reference, error_code& ec) const;
    [[nodiscard]] std::string text() const { return origin().name() + target(); }

private:
    struct parts {
        aloft::origin origin;
        std::string target = "/";
    };
    explicit url(parts of) : parts_(std::make_shared<const parts>(std::move(of))) {}
    static const std::shared_ptr<const parts>& nobody();
    static std::optional<parts> take_apart(std::string_view text);

    std::shared_ptr<const parts> parts_;
};

} // namespace aloft

template <>
struct std::hash<aloft::origin> {
    std::size_t operator()(const aloft::origin& value) const noexcept
    {
        return std::hash<std::string>()(value.host()) * 31 + value.port() * 2U +
               (value.secure() ? 1U : 0U);
    }
};
