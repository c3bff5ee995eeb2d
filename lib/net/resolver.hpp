#pragma once

#include "base/asio_fwd.hpp"
#include "net/net_error.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aloft::net {

using tcp_endpoints = std::vector<asio::ip::tcp::endpoint>;

/// Where the answer to one resolve() goes.
class resolve_completion {
public:
    /// Either an error or at least one endpoint, in order of preference.
    virtual void resolved(net_error error, tcp_endpoints endpoints) = 0;

protected:
    ~resolve_completion() = default;
};

/// Turns a host into endpoints, on one executor.
class resolver {
public:
    resolver() = default;
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;
    /// Withdraws what is outstanding, without waiting for it.
    virtual ~resolver() = default;

    /// Never completes inline. `done` stays valid until it is called or cancelled.
    virtual void resolve(const std::string& host, std::uint16_t port, resolve_completion& done) = 0;
    /// `done` is not called any more. Returns at once; a lookup in progress is left to end by
    /// itself.
    virtual void cancel(resolve_completion& done) noexcept = 0;
};

} // namespace aloft::net
