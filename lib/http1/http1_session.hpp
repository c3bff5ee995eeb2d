#pragma once

#include "base/session.hpp"

#include <memory>

namespace aloft::http1 {

/// HTTP/1.1 (RFC 9112) without its socket; one exchange at a time, no pipelining of requests.
std::unique_ptr<session> make_client_session(const session_limits& limits, buffer_pool& pool);

/// The server's side. A client that closes its side while its request is unanswered has gone away
/// (half-closed connections are not served); what it pipelines waits for the exchange before.
std::unique_ptr<session> make_server_session(const session_limits& limits, buffer_pool& pool,
                                             exchange_acceptor& acceptor);

} // namespace aloft::http1
