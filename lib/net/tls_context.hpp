#pragma once

#include "net/net_error.hpp"
#include "net/tls_pins.hpp"

#include <aloft/tls_options.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace aloft::net {

/// What the TLS connections of one client or one server share: trust, certificate, protocol bounds.
/// Immutable once made and so shared between threads freely.
class tls_context {
public:
    /// Null, with `error` saying why, when a file or PEM text cannot be used.
    static std::shared_ptr<tls_context> client(const tls_options& options, net_error& error);
    static std::shared_ptr<tls_context> server(const tls_server_options& options, net_error& error);

    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;
    ~tls_context();

    /// Called with each new session of a client; takes the reference if it answers 1.
    using session_handler = int (*)(ssl_st*, ssl_session_st*);

    /// A new `SSL*`, owned by the caller. The first one of a client loads the system's trust store,
    /// which takes some 17 ms, if no other was given. `on_session` is the same at every call.
    ssl_st* new_connection(session_handler on_session);

    bool is_server() const noexcept { return server_; }
    bool verifies() const noexcept { return verify_; }
    /// The name to expect instead of the host's, or "".
    const std::string& server_name() const noexcept { return server_name_; }
    /// The keys that a client allows; empty: any.
    const tls_pins& pins() const noexcept { return pins_; }
    /// The server's protocols, most wanted first.
    const std::vector<std::string>& alpn() const noexcept { return alpn_; }

private:
    tls_context(bool server, net_error& error);

    ssl_ctx_st* context_;
    bool server_;
    bool verify_ = false;
    bool system_store_ = false;
    std::once_flag prepared_;
    std::string server_name_;
    tls_pins pins_;
    std::vector<std::string> alpn_;
};

} // namespace aloft::net
