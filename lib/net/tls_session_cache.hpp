#pragma once

#include <cstddef>
#include <ctime>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

struct ssl_session_st;

namespace aloft::net {

/// What a client keeps of one connection to open the next with fewer round trips.
using tls_session = std::shared_ptr<ssl_session_st>;

/// The sessions of a client's connections, by whom they are with. A ticket of TLS 1.3 is handed out
/// once, so that nobody on the way can tell two connections by it (RFC 8446, C.4).
class tls_session_cache {
public:
    /// Peers that are remembered; the one used longest ago makes room for the next.
    static constexpr std::size_t max_peers = 64;
    /// Sessions with one of them, so that several connections may be opened at once.
    static constexpr std::size_t max_sessions = 4;

    void put(const std::string& peer, tls_session session);
    /// The newest session with `peer` that still holds, or null.
    tls_session take(const std::string& peer, std::time_t now);
    std::size_t peers() const noexcept { return by_peer_.size(); }

private:
    struct entry {
        std::string peer;
        std::deque<tls_session> sessions; // newest last
    };
    using entries = std::list<entry>; // the one used last first

    void forget(entries::iterator which);

    entries entries_;
    std::unordered_map<std::string, entries::iterator> by_peer_;
};

} // namespace aloft::net
