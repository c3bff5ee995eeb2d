#pragma once

#include "net/net_error.hpp"
#include "net/tls_context.hpp"
#include "net/transport.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aloft::net {

/// Where and how to listen.
class listen_options {
public:
    /// A host name is not looked up: an address, "localhost" (127.0.0.1) or "" for every address.
    std::string host = "127.0.0.1";
    std::uint16_t port = 0; ///< 0: any free one, see listener::port()
    std::string unix_path{}; ///< if set, listens there instead; a socket left behind is replaced
    std::shared_ptr<tls_context> tls{}; ///< null: no TLS
    int backlog = 1024;
    /// TLS handshakes at a time; further connections wait in the kernel's backlog.
    std::size_t max_handshakes = 256;
    std::chrono::milliseconds handshake_timeout{10'000};
};

/// Accepts connections and hands them over as transports, TLS handshake done. Everything happens on
/// the executor.
class listener {
public:
    using accepted_handler = std::function<void(std::unique_ptr<transport>)>;

    /// Listens at once, or sets `error` and stays closed. The handler must not throw.
    listener(const asio::any_io_executor& executor, const listen_options& options,
             accepted_handler accepted, net_error& error);
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener();

    /// Accepts no more and drops handshakes under way. What was handed over is not touched.
    void stop();

    /// The port listened on, or 0 for a Unix socket.
    std::uint16_t port() const noexcept;
    /// Connections dropped because their handshake failed or took too long.
    std::uint64_t failed_handshakes() const noexcept;

private:
    class state;

    std::shared_ptr<state> state_;
};

} // namespace aloft::net
