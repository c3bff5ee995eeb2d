#pragma once

#include "base/asio_fwd.hpp"
#include "net/net_error.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace aloft::net {

/// What the name servers say of a host.
struct host_addresses {
    std::vector<asio::ip::address> addresses{}; ///< in order of preference
    std::chrono::seconds lifetime{0}; ///< how long they say it holds
};

/// Where the answer to one lookup() goes.
class lookup_completion {
public:
    /// Either an error or at least one address. An error that is `final` is itself the answer:
    /// there is no such name.
    virtual void looked_up(net_error error, bool final, host_addresses found) = 0;

protected:
    ~lookup_completion() = default;
};

/// Asks about hosts, on one executor, and remembers nothing.
class address_source {
public:
    address_source() = default;
    address_source(const address_source&) = delete;
    address_source& operator=(const address_source&) = delete;
    /// Withdraws what is outstanding, without waiting for it.
    virtual ~address_source() = default;

    /// Never completes inline. `done` stays valid until it is called or cancelled.
    virtual void lookup(const std::string& host, lookup_completion& done) = 0;
    /// `done` is not called any more, and nothing is left behind.
    virtual void cancel(lookup_completion& done) noexcept = 0;
};

} // namespace aloft::net
