#pragma once

#include "net/net_error.hpp"
#include "net/proxy_handshake.hpp"
#include "net/transport.hpp"

#include <memory>

namespace aloft::net {

/// Makes a connection to a proxy one to the server behind it. Destroying it withdraws.
class proxy_tunnel {
public:
    proxy_tunnel(std::unique_ptr<transport> to_proxy, std::unique_ptr<proxy_handshake> handshake);

    /// Completes, never inline, when the tunnel stands or cannot.
    void open(io_completion& done);
    /// Why it cannot, in words that name neither the proxy nor the user.
    const std::string& problem() const noexcept { return problem_; }
    /// What stands; once, after it has.
    std::unique_ptr<transport> take() noexcept { return std::move(stream_); }

private:
    /// A step of the exchange, answered by a member.
    template <void (proxy_tunnel::*Member)(error_code)>
    class step final : public io_completion {
    public:
        explicit step(proxy_tunnel& self) : self_{self} {}
        void complete(error_code ec, std::size_t) override { (self_.*Member)(ec); }

    private:
        proxy_tunnel& self_;
    };

    void send();
    void sent(error_code ec);
    void receive(error_code ec);
    void finish(error_code ec);

    std::unique_ptr<proxy_handshake> handshake_;
    std::string sending_;
    std::string problem_;
    io_completion* done_ = nullptr;
    step<&proxy_tunnel::sent> sent_{*this};
    step<&proxy_tunnel::receive> receive_{*this};
    std::unique_ptr<transport> stream_; // destroyed first: it holds steps
};

} // namespace aloft::net
