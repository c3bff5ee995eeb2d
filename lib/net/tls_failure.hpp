#pragma once

#include "net/net_error.hpp"

#include <string>
#include <string_view>

struct ssl_st;
struct x509_st;
struct x509_store_ctx_st;

namespace aloft::net {

/// Why the chain in `verification` was not accepted, as a sentence about `host`'s certificate.
std::string describe_rejection(x509_store_ctx_st* verification, std::string_view host);

/// Whom a certificate is for, who issued it, and until when it is valid.
std::string describe_certificate(const x509_st* certificate);

/// Translates, and empties, OpenSSL's queue of errors after a failed call of `ssl`:
/// - the server's certificate refused: certificate_rejected, with `rejection` as the detail;
/// - no protocol in common by ALPN: no_common_protocol;
/// - otherwise tls_failed during the handshake or on the peer's alert, and protocol_error for
/// broken records after it.
net_error take_tls_failure(const ssl_st* ssl, std::string_view host, std::string rejection,
                           bool handshake_done);

} // namespace aloft::net
