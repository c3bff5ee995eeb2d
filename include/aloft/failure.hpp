#pragma once

#include <aloft/error.hpp>

#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft {

/// What a request was doing when it failed.
enum class phase : std::uint8_t {
    prepare, ///< checking the request, before anything happened
    queue, ///< waiting for a permit, or for a stream on a full connection
    resolve, ///< looking up the host name
    connect, ///< opening the connection
    tls, ///< the TLS handshake
    head, ///< sent, waiting for the response head
    body, ///< reading the response body
};

/// Who ended it.
enum class initiator : std::uint8_t { caller, aloft, peer };

/// What the server may have done with the request; decides whether it is safe to send it again.
enum class processing : std::uint8_t {
    never_sent, ///< no byte of it left this process
    refused, ///< the server said that it did not process it (REFUSED_STREAM, GOAWAY)
    maybe, ///< it was sent; the server may have acted on it
    partly_delivered, ///< part of the response was received
};

std::string_view to_string(phase) noexcept;
std::string_view to_string(initiator) noexcept;
std::string_view to_string(processing) noexcept;

/// Everything known about a request that failed. Never holds keys, authorization or prompts.
class failure {
public:
    error_code code;
    aloft::phase phase = phase::prepare;
    aloft::initiator initiator = initiator::aloft;
    aloft::processing processing = processing::never_sent;
    unsigned attempts = 0; ///< how often it was sent or tried
    std::chrono::milliseconds waited{0}; ///< between attempts, because of retry_rules
    std::uint64_t bytes_delivered = 0; ///< body bytes that reached the caller
    std::uint32_t http2_code = 0; ///< RST_STREAM or GOAWAY code, if one was given
    std::string origin; ///< "https://host:port"
    std::string detail; ///< what exactly happened, in words; may be empty
    /// What came of attempts at other servers, of each that was tried the last: "http://b:8000:
    /// connection refused; ...". At most about 1 KiB.
    std::string elsewhere;
    /// Why retry_rules allowed no further attempt, in words; empty where there are none, and where
    /// the only attempt failed for a reason that lasts.
    std::string stopped;

    /// One line: what happened, with whom, and whether the server may have acted on it.
    [[nodiscard]] std::string message() const;
};

/// Thrown by the awaitable spellings.
class error : public boost::system::system_error {
public:
    explicit error(failure why);
    [[nodiscard]] const failure& why() const noexcept { return why_; }
    const char* what() const noexcept override { return text_.c_str(); }

private:
    failure why_;
    std::string text_;
};

} // namespace aloft
