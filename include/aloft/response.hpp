#pragma once

#include <aloft/body.hpp>
#include <aloft/fields.hpp>
#include <aloft/url.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace aloft {

/// A response whose head has arrived and whose body is there to be pulled.
class response {
public:
    response() = default;
    /// For aloft.
    explicit response(detail::call_handle call) noexcept : body_(std::move(call)) {}

    [[nodiscard]] unsigned status() const noexcept;
    /// 2xx.
    [[nodiscard]] bool ok() const noexcept { return status() / 100 == 2; }
    [[nodiscard]] const fields& headers() const noexcept;
    /// "h2" or "http/1.1".
    [[nodiscard]] std::string_view protocol() const noexcept;
    /// How often the request was sent, this time included.
    [[nodiscard]] unsigned attempts() const noexcept;
    /// Where redirects led; null where none was followed.
    [[nodiscard]] const url* redirected() const noexcept;
    [[nodiscard]] aloft::body& body() noexcept { return body_; }
    [[nodiscard]] const aloft::body& body() const noexcept { return body_; }

private:
    aloft::body body_;
};

/// A response read to its end.
class whole_response {
public:
    whole_response() = default;
    whole_response(unsigned status, fields headers, std::string body, fields trailers = {},
                   unsigned attempts = 1) :
        status_(status),
        attempts_(attempts),
        headers_(std::move(headers)),
        trailers_(std::move(trailers)),
        body_(std::move(body))
    {
    }

    [[nodiscard]] unsigned status() const noexcept { return status_; }
    [[nodiscard]] bool ok() const noexcept { return status_ / 100 == 2; }
    [[nodiscard]] const fields& headers() const noexcept { return headers_; }
    /// Fields behind the body; empty where there were none.
    [[nodiscard]] const fields& trailers() const noexcept { return trailers_; }
    [[nodiscard]] const std::string& body() const& noexcept { return body_; }
    [[nodiscard]] std::string body() && { return std::move(body_); }
    /// How often the request was sent.
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }

private:
    unsigned status_ = 0;
    unsigned attempts_ = 0;
    fields headers_;
    fields trailers_;
    std::string body_;
};

} // namespace aloft
