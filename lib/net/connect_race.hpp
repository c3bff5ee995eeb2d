#pragma once

#include "net/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>

namespace aloft::net {

/// Where a connect_race ends.
class race_completion {
public:
    /// The first socket to connect, or an error whose detail names what each address answered.
    virtual void connected(net_error error, asio::ip::tcp::socket socket) = 0;

protected:
    ~race_completion() = default;
};

/// Connects to the first of several addresses that answers (RFC 8305): families take turns, and the
/// next attempt starts when the one before fails or has not answered for `stagger`. Destroying it
/// withdraws.
class connect_race {
public:
    connect_race(const asio::any_io_executor& executor, const tcp_endpoints& endpoints,
                 std::chrono::milliseconds stagger, race_completion& done);
    connect_race(const connect_race&) = delete;
    connect_race& operator=(const connect_race&) = delete;
    ~connect_race();

private:
    struct state;

    std::shared_ptr<state> state_;
};

/// The order of attempts: the families alternate, beginning with that of the first (RFC 8305, 4).
tcp_endpoints interleave_families(const tcp_endpoints& endpoints);

/// "127.0.0.1:80" or "[::1]:80".
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

} // namespace aloft::net
