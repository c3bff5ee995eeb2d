#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace aloft {

/// Names looked up in a way of the user's own; see client_options::resolver.
class custom_resolver {
public:
    virtual ~custom_resolver() = default;

    /// The addresses of `host`, most wanted first. Asked for each connection, on the client's
    /// executor: what is worth remembering is the implementer's to remember. IP addresses and
    /// "localhost" are not asked about.
    ///
    /// An exception, or no address at all, fails the connection with errc::resolve_failed, and what
    /// the exception says stands in the failure's detail. When nobody waits any more it is
    /// cancelled (cancellation_type::terminal), and not waited for.
    virtual boost::asio::awaitable<std::vector<boost::asio::ip::address>>
    resolve(std::string host) = 0;
};

} // namespace aloft
