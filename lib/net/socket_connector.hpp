#pragma once

#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/tls_context.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace aloft::net {

/// Dials TCP and Unix sockets, with TLS where the key asks for it. Without ALPN in the answer of a
/// server that was offered no http/1.1, a dial fails with no_common_protocol.
class socket_connector final : public connector {
public:
    /// How long an address may stay silent before the next is tried too (RFC 8305, 5).
    static constexpr std::chrono::milliseconds default_stagger{250};

    /// `names` serves this connector's executor; `tls` may be null if no key will ask for TLS.
    socket_connector(asio::any_io_executor executor, std::unique_ptr<resolver> names,
                     std::shared_ptr<tls_context> tls,
                     std::chrono::milliseconds stagger = default_stagger);
    ~socket_connector() override;

    void dial(const endpoint_key& key, dial_completion& done) override;
    dial_phase cancel(dial_completion& done) override;

private:
    class attempt;

    std::unique_ptr<attempt> take(const dial_completion& done);

    asio::any_io_executor executor_;
    std::unique_ptr<resolver> names_;
    std::shared_ptr<tls_context> tls_;
    std::chrono::milliseconds stagger_;
    std::vector<std::unique_ptr<attempt>> attempts_;
};

} // namespace aloft::net
