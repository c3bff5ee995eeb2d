#include "net/tls_session_cache.hpp"

#include <openssl/ssl.h>

#include <utility>

namespace aloft::net {
namespace {

bool holds(const SSL_SESSION* session, std::time_t now)
{
    return SSL_SESSION_is_resumable(session) == 1 &&
           now < SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session);
}

} // namespace

void tls_session_cache::put(const std::string& peer, tls_session session)
{
    if (const auto at = by_peer_.find(peer); at != by_peer_.end()) {
        entries_.splice(entries_.begin(), entries_, at->second);
    } else {
        if (entries_.size() == max_peers)
            forget(std::prev(entries_.end()));
        entries_.push_front({peer, {}});
        by_peer_[peer] = entries_.begin();
    }
    auto& sessions = entries_.front().sessions;
    if (sessions.size() == max_sessions)
        sessions.pop_front();
    sessions.push_back(std::move(session));
}

tls_session tls_session_cache::take(const std::string& peer, std::time_t now)
{
    const auto at = by_peer_.find(peer);
    if (at == by_peer_.end())
        return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    auto& sessions = at->second->sessions;
    tls_session newest;
    while (newest == nullptr && !sessions.empty()) {
        const bool serves_again =
            SSL_SESSION_get_protocol_version(sessions.back().get()) < TLS1_3_VERSION;
        if (holds(sessions.back().get(), now)) {
            newest = sessions.back();
            if (serves_again)
                return newest;
        }
        sessions.pop_back();
    }
    if (sessions.empty())
        forget(at->second);
    return newest;
}

void tls_session_cache::forget(entries::iterator which)
{
    by_peer_.erase(which->peer);
    entries_.erase(which);
}

} // namespace aloft::net
