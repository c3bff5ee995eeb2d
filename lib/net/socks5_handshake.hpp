#pragma once

#include "base/asio_fwd.hpp"
#include "net/proxy_handshake.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>

namespace aloft::net {

/// A connection through a SOCKS proxy of version 5 (RFC 1928), with user and password (RFC 1929)
/// where there is a user. Its longest reply has 262 bytes.
class socks5_handshake final : public proxy_handshake {
public:
    /// To a name, which the proxy looks up, or to an address in words. A name of more than 255
    /// bytes fails at once.
    socks5_handshake(const std::string& host, std::uint16_t port, std::string user,
                     std::string password);

    std::size_t wanted() const noexcept override { return wanted_ - reply_.size(); }
    status take(std::string_view bytes) override;

private:
    enum class step {
        method, ///< which way of signing in the proxy chose
        sign_in, ///< whether it accepts the user
        reply, ///< what became of the connection, as far as the kind of address behind it
        name_size, ///< how long the name is that it bound
        bound, ///< the address and port that it bound, which mean nothing to us
    };

    status expect(step next, std::size_t bytes);
    status method_chosen(unsigned char method);
    status connected(unsigned char code, unsigned char kind_of_address);
    void ask_to_connect();

    std::string host_;
    std::uint16_t port_;
    std::string user_;
    std::string password_;
    step step_ = step::method;
    std::size_t wanted_ = 2;
    std::string reply_;
};

} // namespace aloft::net
