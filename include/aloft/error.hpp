#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace aloft {

using boost::system::error_code;

/// Everything aloft itself reports. Errors of the system and of Asio keep their own categories; a
/// wait that was cancelled ends with `boost::asio::error::operation_aborted`.
enum class errc {
    // The caller's doing.
    invalid_url = 1, ///< the URL cannot be parsed or its scheme is neither http nor https
    invalid_request, ///< a method, header or option no server may be sent
    client_closed, ///< the client was closed or destroyed while the request was under way
    queue_full, ///< as many requests wait as the limit allows (`max_waiting`)
    upload_failed, ///< the source of the request body gave up

    // Clocks, one error each.
    queue_timeout, ///< waited longer than `deadlines.queue` for a permit or a connection
    connect_timeout, ///< resolving, connecting and the TLS handshake took longer than
                     ///< `deadlines.connect`
    head_timeout, ///< no response head within `deadlines.head` of sending
    first_event_timeout, ///< no first body byte (or first event) within `deadlines.first_event` of
                         ///< the head
    gap_timeout, ///< nothing arrived for `deadlines.gap`
    total_timeout, ///< the request took longer than `deadlines.total`
    close_timeout, ///< requests were under way still when the time given to client::close() was
                   ///< over

    // Limits; docs/limits.md lists them.
    header_list_too_large, ///< the peer's header or trailer list exceeds `limits.header_list`
    too_many_interim, ///< more 1xx responses than `limits.interim_responses`
    body_too_large, ///< the body exceeds the limit given to collect
    unread_too_large, ///< unread bytes exceed `limits.connection_memory` or `client_memory`; this
                      ///< stream held the most
    event_too_large, ///< a server-sent event exceeds `limits.event`
    decoded_too_large, ///< a compressed body unfolds beyond `decoding_limits`
    too_many_codings, ///< more content codings on top of each other than are undone
    control_flood, ///< the peer flooded the connection with frames that carry nothing
                   ///< (`limits.control_frames`), or faster than they can be acknowledged

    // Redirects.
    too_many_redirects, ///< more redirects than `redirect_rules::limit`
    redirect_loop, ///< a redirect leads back to where it came from
    redirect_refused, ///< a redirect leads where it must not (https to http), or nowhere

    // Reaching the server.
    resolve_failed, ///< the host name has no address
    connect_failed, ///< no address accepted a connection
    proxy_failed, ///< the proxy was not reached, or did not connect to the server
    tls_failed, ///< the TLS handshake failed
    certificate_rejected, ///< the server's certificate was not accepted
    pin_mismatch, ///< the server's public key is none of those that were pinned
    no_common_protocol, ///< ALPN ended without a protocol this client speaks

    // The peer's doing.
    connection_closed, ///< the peer closed the connection before the response was complete
    stream_reset, ///< the peer reset the stream (RST_STREAM)
    stream_refused, ///< the peer refused the stream without processing it (REFUSED_STREAM or
                    ///< GOAWAY)
    protocol_error, ///< the peer broke HTTP/2 or HTTP/1.1
    extended_connect_unsupported, ///< the server takes no CONNECT with a protocol (RFC 8441), or
                                  ///< speaks HTTP/1.1
    tls_truncated, ///< the peer ended TLS without close_notify, so bytes may be missing
    ping_timeout, ///< the peer gave no sign of life: no answer to a PING within
                  ///< `client_options::ping`
    write_stalled, ///< the peer took no bytes for `client_options::write_stall`
    truncated_body, ///< the body ended before its announced length, or within its content coding
    malformed_coding, ///< the body is not in the coding that its content-encoding names
    flow_control_stalled, ///< the peer granted no credit for sending

    // Model servers.
    http_status, ///< the status is not 2xx
    unexpected_content, ///< the body is not what was asked for (not an event stream, not JSON)
    invalid_event, ///< an event's data is not valid JSON or not a chunk
    stream_error, ///< the server reported an error inside the stream
    truncated_stream, ///< the stream ended without finish reason and without [DONE]
};

const boost::system::error_category& aloft_category() noexcept;

inline error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), aloft_category()};
}

} // namespace aloft

template <>
struct boost::system::is_error_code_enum<aloft::errc> : std::true_type {};
