#pragma once

#include <aloft/error.hpp>
#include <aloft/failure.hpp>
#include <aloft/fields.hpp>
#include <aloft/url.hpp>

#include <cstdint>
#include <string_view>

namespace aloft {

/// Which request an observer is told of; no two that are under way at once share a number.
using request_number = std::uint64_t;

/// A connection that was opened.
class connection_facts {
public:
    std::string_view peer; ///< "127.0.0.1:443", "[::1]:443", or the path of a Unix socket
    std::string_view protocol; ///< "h2" or "http/1.1"
    std::string_view security; ///< TLS version, cipher and certificate in words; empty without TLS
};

/// Is told of each phase of a client's requests and connections as it happens, for logs, metrics
/// and traces: client_options::observe(). Every function is called on the client's executor,
/// between a read and what follows from it, so it must be quick: no call into the client, no
/// waiting, no exception. What is borrowed ends with the call. Without an observer a phase costs a
/// comparison.
///
/// Heads are as sent and received, with whatever secrets the caller put there: mask authorization,
/// proxy-authorization and cookies before they are shown or kept.
class observer {
public:
    virtual ~observer() = default;

    /// A connection to `to` is being opened.
    virtual void dialing(const origin& to) { static_cast<void>(to); }
    /// It is open.
    virtual void connected(const origin& to, const connection_facts& facts)
    {
        static_cast<void>(to), static_cast<void>(facts);
    }
    /// It could not be opened: which phase ended, with what, and why in words.
    virtual void dial_failed(const origin& to, phase during, const error_code& ec,
                             std::string_view detail)
    {
        static_cast<void>(to), static_cast<void>(during), static_cast<void>(ec),
            static_cast<void>(detail);
    }
    /// A connection that was open is not any more: `why` is empty where it ended in peace, unused
    /// or too old. What it carried is told by itself.
    virtual void disconnected(const origin& from, const connection_facts& facts,
                              const error_code& why)
    {
        static_cast<void>(from), static_cast<void>(facts), static_cast<void>(why);
    }

    /// The request waits for one of the client's permits.
    virtual void queued(request_number which) { static_cast<void>(which); }
    /// It waits for a stream on a connection, or for a connection.
    virtual void waiting(request_number which) { static_cast<void>(which); }
    /// Its head was handed to a connection; pseudo-fields come first (RFC 9113, 8.3.1).
    virtual void sent(request_number which, const fields& head, const connection_facts& over)
    {
        static_cast<void>(which), static_cast<void>(head), static_cast<void>(over);
    }
    /// A response before the final one has arrived (103 Early Hints, 102, 100).
    virtual void interim(request_number which, unsigned status, const fields& head)
    {
        static_cast<void>(which), static_cast<void>(status), static_cast<void>(head);
    }
    /// A final response head has arrived.
    virtual void answered(request_number which, unsigned status, const fields& head)
    {
        static_cast<void>(which), static_cast<void>(status), static_cast<void>(head);
    }
    /// An attempt failed and is made again, with `why` or by a policy's decision (no code).
    virtual void sent_again(request_number which, const error_code& why)
    {
        static_cast<void>(which), static_cast<void>(why);
    }
    /// A response was a redirect to `to`, and is followed; sent() comes next.
    virtual void redirected(request_number which, unsigned status, const url& to)
    {
        static_cast<void>(which), static_cast<void>(status), static_cast<void>(to);
    }
    /// It is over, with an error or none, after `received` body bytes.
    virtual void ended(request_number which, const error_code& ec, std::uint64_t received)
    {
        static_cast<void>(which), static_cast<void>(ec), static_cast<void>(received);
    }
};

} // namespace aloft
