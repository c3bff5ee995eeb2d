#pragma once

#include "net/proxy_handshake.hpp"

#include <cstdint>
#include <string>

namespace aloft::net {

/// A tunnel by HTTP's CONNECT (RFC 9110, 9.3.6), with Basic authentication (RFC 7617) where there
/// is a user.
class http_connect final : public proxy_handshake {
public:
    /// All that a proxy may say before the tunnel stands, interim responses included.
    static constexpr std::size_t reply_limit = 16 * 1024;

    http_connect(const std::string& host, std::uint16_t port, const std::string& user,
                 const std::string& password);

    std::size_t wanted() const noexcept override;
    status take(std::string_view bytes) override;

private:
    status answered();

    std::string authority_;
    bool signed_in_;
    std::string head_;
    std::size_t received_ = 0;
};

} // namespace aloft::net
