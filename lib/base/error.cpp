#include <aloft/error.hpp>

#include <string>

namespace aloft {
namespace {

const char* describe(errc code) noexcept
{
    switch (code) {
    case errc::invalid_url: return "the URL is not valid";
    case errc::invalid_request: return "the request is not valid";
    case errc::client_closed: return "the client was closed";
    case errc::queue_full: return "too many requests are waiting (max_waiting)";
    case errc::upload_failed: return "the source of the request body failed";
    case errc::queue_timeout: return "waited too long for a place (queue deadline)";
    case errc::connect_timeout: return "connecting took too long (connect deadline)";
    case errc::head_timeout: return "no response head in time (head deadline)";
    case errc::first_event_timeout: return "no first event in time (first event deadline)";
    case errc::gap_timeout: return "the stream fell silent (gap deadline)";
    case errc::total_timeout: return "the request took too long (total deadline)";
    case errc::close_timeout: return "requests were cut when the time to close was over";
    case errc::header_list_too_large: return "the header list is larger than allowed (header_list)";
    case errc::too_many_interim: return "too many interim responses (interim_responses)";
    case errc::body_too_large: return "the body is larger than allowed (body)";
    case errc::unread_too_large:
        return "more unread bytes than allowed (connection_memory, client_memory)";
    case errc::event_too_large: return "an event is larger than allowed (event)";
    case errc::decoded_too_large: return "the body unfolds to more than allowed (decoding_limits)";
    case errc::too_many_codings: return "too many content codings on top of each other";
    case errc::too_many_redirects: return "too many redirects (redirect_rules::limit)";
    case errc::redirect_loop: return "redirects lead in a circle";
    case errc::redirect_refused: return "a redirect that must not be followed";
    case errc::control_flood:
        return "the server flooded the connection with frames that carry nothing (control_frames)";
    case errc::resolve_failed: return "the host name could not be resolved";
    case errc::connect_failed: return "could not connect";
    case errc::proxy_failed: return "could not connect through the proxy";
    case errc::tls_failed: return "the TLS handshake failed";
    case errc::certificate_rejected: return "the server's certificate was not accepted";
    case errc::pin_mismatch: return "the server's key is not the one that was pinned";
    case errc::no_common_protocol: return "the server speaks neither h2 nor http/1.1";
    case errc::connection_closed:
        return "the server closed the connection before the response was complete";
    case errc::stream_reset: return "the server reset the stream";
    case errc::stream_refused: return "the server refused the request without processing it";
    case errc::protocol_error: return "the server broke the protocol";
    case errc::extended_connect_unsupported:
        return "the server takes no CONNECT with a protocol (RFC 8441)";
    case errc::tls_truncated: return "the peer ended TLS without close_notify";
    case errc::truncated_body: return "the body ended before its announced length";
    case errc::ping_timeout: return "the server gave no sign of life (ping)";
    case errc::write_stalled: return "the server took no bytes for too long (write_stall)";
    case errc::malformed_coding: return "the body is not in the coding it is said to be in";
    case errc::flow_control_stalled: return "the server granted no credit for sending";
    case errc::http_status: return "the server answered with an error status";
    case errc::unexpected_content: return "the server answered with content of another kind";
    case errc::invalid_event: return "an event is not a valid chunk";
    case errc::stream_error: return "the server reported an error inside the stream";
    case errc::truncated_stream: return "the stream ended without finish reason and without [DONE]";
    }
    return "unknown aloft error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "aloft"; }
    std::string message(int value) const override { return describe(static_cast<errc>(value)); }
    const char* message(int value, char*, std::size_t) const noexcept override
    {
        return describe(static_cast<errc>(value));
    }
};

} // namespace

const boost::system::error_category& aloft_category() noexcept
{
    static const category instance;
    return instance;
}

} // namespace aloft
