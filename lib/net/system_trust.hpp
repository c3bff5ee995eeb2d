#pragma once

struct ssl_ctx_st; // SSL_CTX

namespace aloft::net {

/// Lets a context trust what the system does, as SSL_CTX_set_default_verify_paths() does,
/// SSL_CERT_FILE and SSL_CERT_DIR included, but reads what is needed: where authorities lie in a
/// directory by the hash of their names, as with Debian, the one that certified a server is one
/// small file. The file that holds them all (140 certificates, 25 ms) is read when an issuer is in
/// neither that directory nor what the server sent.
void trust_system(ssl_ctx_st* context);

} // namespace aloft::net
