#pragma once

#include "net/endpoint_key.hpp"
#include "net/net_error.hpp"
#include "net/transport.hpp"

#include <memory>
#include <string>

namespace aloft::net {

/// How far a dial has come.
enum class dial_phase {
    resolve, ///< asking for addresses
    connect, ///< waiting for one to accept
    tls, ///< in the TLS handshake
};

/// What a dial waits for.
struct dial_progress {
    dial_phase phase = dial_phase::connect;
    /// Who must answer before the server can, for messages: "proxy http://host:port", or "".
    std::string proxy{};
};

/// What a dial ends with: a stream, or the phase that failed and why.
struct dial_result {
    std::unique_ptr<transport> stream{};
    net_error error{};
    dial_phase phase = dial_phase::resolve;
};

/// Where the result of one dial goes.
class dial_completion {
public:
    virtual void dialed(dial_result result) = 0;

protected:
    ~dial_completion() = default;
};

/// Makes connections, on one executor. It keeps no time: whoever dials holds the deadline, and
/// cancels.
class connector {
public:
    connector() = default;
    connector(const connector&) = delete;
    connector& operator=(const connector&) = delete;
    /// Withdraws every dial under way.
    virtual ~connector() = default;

    /// Never completes inline. `done` stays valid until it is called or cancelled, and serves one
    /// dial at a time.
    virtual void dial(const endpoint_key& key, dial_completion& done) = 0;
    /// How far the dial of `done`, which must be dialing, has come.
    virtual dial_progress progress(const dial_completion&) const { return {}; }
    /// Ends the dial of `done`, which is not called any more, and says how far it had come. `done`
    /// must be dialing.
    virtual dial_phase cancel(dial_completion& done) = 0;
};

} // namespace aloft::net
