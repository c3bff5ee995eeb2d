#pragma once

#include <aloft/body_source.hpp>
#include <aloft/content_coding.hpp>
#include <aloft/deadlines.hpp>
#include <aloft/fields.hpp>
#include <aloft/payload.hpp>
#include <aloft/retry_rules.hpp>
#include <aloft/trace_context.hpp>
#include <aloft/url.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aloft {

/// One logical request: a value that is filled, sent, and may be sent again. Every setter returns
/// the request, so that they chain. Nothing is checked before it is sent; what no server may be
/// sent ends with errc::invalid_url or errc::invalid_request.
class request {
public:
    request() = default;
    /// \param method  as on the wire ("GET", "POST")
    /// \param target  an absolute http or https URL
    request(std::string_view method, std::string_view target) : method_(method) { url(target); }
    request(std::string_view method, aloft::url target) :
        method_(method), url_(std::move(target)), url_error_()
    {
    }

    request& method(std::string_view name) { return method_ = name, *this; }
    request& url(std::string_view text)
    {
        return url_ = aloft::url::parse(text, url_error_), *this;
    }
    request& url(aloft::url target) { return url_ = std::move(target), url_error_ = {}, *this; }
    /// Appends a header field.
    request& header(std::string_view name, std::string_view value)
    {
        return headers_.add(name, value), *this;
    }
    /// Replaces a header field.
    request& set_header(std::string_view name, std::string_view value)
    {
        return headers_.set(name, value), *this;
    }
    /// Replaces all header fields.
    request& headers(const fields& all) { return headers_ = all, *this; }
    /// Sends `span` as `traceparent` (W3C Trace Context): what the server does is its doing. Of a
    /// span of the caller's that is trace_context::child(). Nothing is sent for one of no trace.
    request& trace(const trace_context& span)
    {
        return span.empty() ? *this : set_header("traceparent", span.to_string());
    }
    /// Bytes in memory: shared by all attempts, never copied per attempt.
    request& body(payload bytes) { return body_ = std::move(bytes), source_ = nullptr, *this; }
    request& body(std::string bytes) { return body(payload(std::move(bytes))); }
    /// A source to pull from.
    request& body(std::shared_ptr<body_source> source)
    {
        return source_ = std::move(source), body_ = {}, *this;
    }
    /// Clocks of this request; those left out are the client's.
    request& deadlines(const aloft::deadlines& limits)
    {
        return settings_.change().deadlines = limits, *this;
    }
    /// Largest body that collect() gathers for this request, bytes.
    request& body_limit(std::size_t bytes) { return settings_.change().body_limit = bytes, *this; }
    /// Compresses the body before it is sent, a source's as it is pulled, and says so in
    /// content-encoding. A body that carries that field already is sent as it is.
    request& compress(compression with) { return settings_.change().compress = with, *this; }
    /// Whether compressed responses are asked for and decoded. A request that carries
    /// accept-encoding or range gets its response as it comes.
    request& decompress(bool yes) { return settings_.change().decompress = yes, *this; }
    /// With method CONNECT: opens a tunnel of this kind ("websocket") in an HTTP/2 stream (RFC
    /// 8441); body and response body are its two directions. errc::extended_connect_unsupported
    /// where the server does not take it.
    request& protocol(std::string_view name) { return settings_.change().protocol = name, *this; }
    /// How the server should order its responses (RFC 9218): `urgency` from 0, most urgent, to 7;
    /// others have 3. `incremental`: of use piece by piece, so that several may share the
    /// connection.
    request& priority(unsigned urgency, bool incremental = false);
    /// Whether redirects are followed, whatever redirect_rules::follow says.
    request& follow_redirects(bool yes) { return settings_.change().follow_redirects = yes, *this; }
    /// How many, whatever redirect_rules::limit says.
    request& redirect_limit(unsigned most)
    {
        return settings_.change().redirect_limit = most, *this;
    }
    /// Whether it may be sent again when the server may have processed it already. By default what
    /// RFC 9110, 9.2.2 says of the method.
    request& idempotent(bool yes) { return settings_.change().idempotent = yes, *this; }
    /// When it is tried again, whatever client_options::retries() says.
    request& retries(const retry_rules& rules) { return settings_.change().retries = rules, *this; }

    /// For whom it is sent: requests of one tenant wait in a line of their own, and the lines take
    /// turns, in proportion to their shares. Not sent to the server.
    request& tenant(std::string_view name, std::uint32_t share = 1)
    {
        auto& said = settings_.change();
        said.tenant = name;
        said.share = share;
        return *this;
    }
    /// How many of max_in_flight it takes; 1 by default. One that takes more than there are goes
    /// alone.
    request& weight(std::uint32_t permits) { return settings_.change().weight = permits, *this; }
    /// How many tokens it will need, prompt and answer together, for
    /// rate_limits::tokens_per_minute(); an autoglm::client estimates that by itself.
    request& tokens(std::uint64_t expected) { return settings_.change().tokens = expected, *this; }

    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    [[nodiscard]] const aloft::url& url() const noexcept { return url_; }
    [[nodiscard]] error_code url_error() const noexcept { return url_error_; }
    [[nodiscard]] const fields& headers() const noexcept { return headers_; }
    [[nodiscard]] const payload& body() const noexcept { return body_; }
    [[nodiscard]] const std::shared_ptr<body_source>& source() const noexcept { return source_; }
    [[nodiscard]] const aloft::deadlines& deadlines() const noexcept
    {
        return settings_->deadlines;
    }
    [[nodiscard]] const std::string& protocol() const noexcept { return settings_->protocol; }
    [[nodiscard]] std::optional<std::size_t> body_limit() const noexcept
    {
        return settings_->body_limit;
    }
    [[nodiscard]] std::optional<compression> compress() const noexcept
    {
        return settings_->compress;
    }
    [[nodiscard]] std::optional<bool> decompress() const noexcept { return settings_->decompress; }
    [[nodiscard]] std::optional<bool> follow_redirects() const noexcept
    {
        return settings_->follow_redirects;
    }
    [[nodiscard]] std::optional<unsigned> redirect_limit() const noexcept
    {
        return settings_->redirect_limit;
    }
    [[nodiscard]] bool idempotent() const noexcept;
    [[nodiscard]] const std::string& tenant() const noexcept { return settings_->tenant; }
    [[nodiscard]] std::uint32_t share() const noexcept { return settings_->share; }
    [[nodiscard]] std::uint32_t weight() const noexcept { return settings_->weight; }
    [[nodiscard]] std::uint64_t tokens() const noexcept { return settings_->tokens; }
    [[nodiscard]] const retry_rules* retries() const noexcept
    {
        return settings_->retries ? &*settings_->retries : nullptr; // null: none of its own
    }

private:
    // What few requests say; thousands wait at once.
    struct settings {
        std::string protocol;
        std::string tenant;
        std::uint32_t share = 1;
        std::uint32_t weight = 1;
        std::uint64_t tokens = 0; // 0: not said
        aloft::deadlines deadlines;
        std::optional<std::size_t> body_limit;
        std::optional<bool> idempotent;
        std::optional<compression> compress;
        std::optional<bool> decompress;
        std::optional<bool> follow_redirects;
        std::optional<unsigned> redirect_limit;
        std::optional<retry_rules> retries;
    };
    class settings_pointer {
    public:
        settings_pointer() = default;
        settings_pointer(const settings_pointer& other) :
            said_(other.said_ ? std::make_unique<settings>(*other.said_) : nullptr)
        {
        }
        settings_pointer(settings_pointer&&) noexcept = default;
        settings_pointer& operator=(settings_pointer other) noexcept
        {
            return said_ = std::move(other.said_), *this;
        }
        ~settings_pointer() = default;
        settings& change()
        {
            if (!said_)
                said_ = std::make_unique<settings>();
            return *said_;
        }
        const settings* operator->() const noexcept { return said_ ? said_.get() : &unsaid; }

    private:
        static const settings unsaid;
        std::unique_ptr<settings> said_;
    };

    std::string method_ = "GET";
    aloft::url url_;
    error_code url_error_ = errc::invalid_url;
    fields headers_;
    payload body_;
    std::shared_ptr<body_source> source_;
    settings_pointer settings_;
};

/// The error with which `r` would end if it were sent, checked before anything happens; `detail`
/// says why.
error_code validate(const request& r, std::string& detail);

} // namespace aloft
