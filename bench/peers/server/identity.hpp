// A TLS identity for localhost, made anew at each start: no client of the comparison verifies it.
#pragma once

#include <openssl/ssl.h>

namespace bench {

/// TLS 1.3 with AES-128-GCM only, so that all clients encrypt alike; prefers h2. Null if OpenSSL
/// fails.
SSL_CTX* server_context();

} // namespace bench
