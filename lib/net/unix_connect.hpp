#pragma once

#include "base/asio_fwd.hpp"

#include <aloft/error.hpp>

#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace aloft::net {

/// Connects to a Unix socket, which happens at once or not at all.
void connect_unix(asio::local::stream_protocol::socket& socket, const std::string& path,
                  error_code& ec);

} // namespace aloft::net
