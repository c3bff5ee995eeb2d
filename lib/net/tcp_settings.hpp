#pragma once

#include "base/asio_fwd.hpp"

#include <aloft/tcp_options.hpp>

#include <boost/asio/generic/stream_protocol.hpp>

namespace aloft::net {

/// Sets the options of a socket; one that is not TCP is left alone.
void apply(const tcp_options& options, asio::generic::stream_protocol::socket& socket);

} // namespace aloft::net
