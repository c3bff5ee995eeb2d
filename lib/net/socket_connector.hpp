#pragma once

#include "net/connector.hpp"
#include "net/proxy_rules.hpp"
#include "net/resolver.hpp"
#include "net/tls_context.hpp"
#include "net/tls_session_cache.hpp"

#include <aloft/tcp_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aloft {

class custom_connector;

}

namespace aloft::net {

/// What a socket_connector works with.
struct dial_settings {
    /// How long an address may stay silent before the next is tried too (RFC 8305, 5).
    static constexpr std::chrono::milliseconds default_stagger{250};

    std::unique_ptr<resolver> names{}; ///< serves the connector's executor
    std::shared_ptr<tls_context> tls{}; ///< may be null if no key will ask for TLS
    tcp_options tcp{};
    proxy_rules proxies{};
    std::shared_ptr<custom_connector> custom{}; ///< if set, connects in place of us
    std::chrono::milliseconds stagger = default_stagger;
};

/// Dials TCP and Unix sockets, through proxies where the rules say so, with TLS where the key asks
/// for it. Without ALPN in the answer of a server that was offered no http/1.1, a dial fails with
/// no_common_protocol.
class socket_connector final : public connector {
public:
    socket_connector(asio::any_io_executor executor, dial_settings settings);
    ~socket_connector() override;

    void dial(const endpoint_key& key, dial_completion& done) override;
    dial_progress progress(const dial_completion& done) const override;
    dial_phase cancel(dial_completion& done) override;

private:
    class attempt;

    using attempts = std::vector<std::unique_ptr<attempt>>;

    attempts::const_iterator find(const dial_completion& done) const;
    std::unique_ptr<attempt> take(const dial_completion& done);

    asio::any_io_executor executor_;
    dial_settings settings_;
    std::shared_ptr<tls_session_cache> sessions_ = std::make_shared<tls_session_cache>();
    attempts attempts_;
};

} // namespace aloft::net
