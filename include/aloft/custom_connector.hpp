#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <string>

namespace aloft {

/// Connections made in a way of the user's own (a tunnel, a service mesh, vsock); see
/// client_options::connector.
class custom_connector {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    virtual ~custom_connector() = default;

    /// A stream socket on the client's executor, connected to `host` (a name or an address, without
    /// brackets) and `port` in whatever way. Sockets of boost::asio::ip::tcp and
    /// local::stream_protocol convert to it. TLS, where the URL asks for it, is spoken over it by
    /// the client.
    ///
    /// An exception fails the connection with errc::connect_failed, and what it says stands in the
    /// failure's detail. When nobody waits any more it is cancelled
    /// (cancellation_type::terminal), and not waited for.
    virtual boost::asio::awaitable<socket> connect(std::string host, std::uint16_t port) = 0;
};

} // namespace aloft
