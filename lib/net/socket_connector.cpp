#include "net/socket_connector.hpp"

#include "net/connect_race.hpp"
#include "net/http_connect.hpp"
#include "net/proxy_tunnel.hpp"
#include "net/socket_transport.hpp"
#include "net/socks5_handshake.hpp"
#include "net/tcp_settings.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_transport.hpp"
#include "net/unix_connect.hpp"
#include "net/user_operation.hpp"

#include <aloft/custom_connector.hpp>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

namespace aloft::net {

/// One dial, phase by phase. Whatever it waits for is a member, so that destroying it withdraws
/// everything.
class socket_connector::attempt final : public resolve_completion,
                                        public race_completion,
                                        public io_completion {
public:
    attempt(socket_connector& owner, const endpoint_key& key, dial_completion& done) :
        owner_{owner},
        key_{key},
        done_{done},
        proxy_{owner.settings_.custom == nullptr ? owner.settings_.proxies.choose(key) : nullptr},
        unix_connected_{owner.executor_}
    {
    }

    ~attempt()
    {
        if (phase_ == dial_phase::resolve)
            owner_.settings_.names->cancel(*this);
    }

    void start()
    {
        if (!key_.unix_path.empty())
            reach_unix();
        else if (owner_.settings_.custom != nullptr)
            reach_custom();
        else if (proxy_ != nullptr && proxy_->speaks != proxy::protocol::socks5)
            owner_.settings_.names->resolve(proxy_->host, proxy_->port, *this);
        else
            owner_.settings_.names->resolve(key_.host, key_.port, *this);
    }

    bool is_for(const dial_completion& done) const noexcept { return &done_ == &done; }
    dial_phase phase() const noexcept { return phase_; }
    std::string proxy_in_the_way() const
    {
        const bool reached = proxy_ == nullptr || phase_ == dial_phase::tls;
        return reached ? std::string{} : "proxy " + proxy_->name();
    }

private:
    void resolved(net_error error, tcp_endpoints endpoints) override;
    void connected(net_error error, asio::ip::tcp::socket socket) override;
    void complete(error_code ec, std::size_t bytes) override;
    void reach_unix();
    void reach_custom();
    void open_tunnel(std::unique_ptr<transport> to_proxy);
    void tunneled(error_code ec);
    void proceed(std::unique_ptr<transport> stream);
    std::unique_ptr<tls_engine> new_engine();
    void shaken(error_code ec);
    void finish(std::unique_ptr<transport> stream, net_error error);
    void fail_at_proxy(const std::string& problem);

    socket_connector& owner_;
    endpoint_key key_;
    dial_completion& done_;
    const proxy* proxy_; // or null; not looked at any more once the tunnel stands
    std::string target_; // what the proxy is asked for: a name, or an address where we resolve
    dial_phase phase_ = dial_phase::resolve;
    std::optional<connect_race> race_;
    std::unique_ptr<proxy_tunnel> tunnel_;
    std::optional<user_operation<custom_connector::socket>> custom_;
    std::unique_ptr<tls_transport> handshaking_;
    std::optional<asio::local::stream_protocol::socket> unix_socket_;
    posted_completion unix_connected_;
};

void socket_connector::attempt::resolved(net_error error, tcp_endpoints endpoints)
{
    const bool for_proxy =
        proxy_ != nullptr && (proxy_->speaks != proxy::protocol::socks5 || !target_.empty());
    if (error) {
        if (for_proxy)
            fail_at_proxy(error.detail);
        else
            finish(nullptr, std::move(error));
        return;
    }
    if (proxy_ != nullptr && !for_proxy) {
        target_ = endpoints.front().address().to_string();
        owner_.settings_.names->resolve(proxy_->host, proxy_->port, *this);
        return;
    }
    phase_ = dial_phase::connect;
    race_.emplace(owner_.executor_, endpoints, owner_.settings_.stagger, *this);
}

void socket_connector::attempt::connected(net_error error, asio::ip::tcp::socket socket)
{
    if (error) {
        if (proxy_ != nullptr)
            fail_at_proxy(error.detail);
        else
            finish(nullptr, std::move(error));
        return;
    }
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    socket_transport::socket_type stream{std::move(socket)};
    apply(owner_.settings_.tcp, stream);
    if (proxy_ == nullptr)
        proceed(std::make_unique<socket_transport>(std::move(stream), to_text(remote)));
    else
        open_tunnel(
            std::make_unique<socket_transport>(std::move(stream), to_text(remote) + " (proxy)"));
}

void socket_connector::attempt::open_tunnel(std::unique_ptr<transport> to_proxy)
{
    std::unique_ptr<proxy_handshake> handshake;
    if (proxy_->speaks == proxy::protocol::http)
        handshake =
            std::make_unique<http_connect>(key_.host, key_.port, proxy_->user, proxy_->password);
    else
        handshake = std::make_unique<socks5_handshake>(target_.empty() ? key_.host : target_,
                                                       key_.port, proxy_->user, proxy_->password);
    tunnel_ = std::make_unique<proxy_tunnel>(std::move(to_proxy), std::move(handshake));
    tunnel_->open(*this);
}

void socket_connector::attempt::tunneled(error_code ec)
{
    if (ec) {
        fail_at_proxy(tunnel_->problem());
        return;
    }
    const auto tunnel = std::move(tunnel_);
    proceed(tunnel->take());
}

void socket_connector::attempt::reach_unix()
{
    phase_ = dial_phase::connect;
    unix_socket_.emplace(owner_.executor_);
    error_code ec;
    connect_unix(*unix_socket_, key_.unix_path, ec);
    unix_connected_.post(*this, ec, 0);
}

void socket_connector::attempt::reach_custom()
{
    phase_ = dial_phase::connect;
    const auto& custom = owner_.settings_.custom;
    auto reached = [this](std::optional<custom_connector::socket> socket,
                          const std::string& problem) {
        if (socket)
            proceed(std::make_unique<socket_transport>(std::move(*socket), key_.host));
        else
            finish(nullptr, {errc::connect_failed, key_.host + ": " + problem});
    };
    custom_.emplace(owner_.executor_, custom, custom->connect(key_.host, key_.port),
                    std::move(reached));
}

void socket_connector::attempt::proceed(std::unique_ptr<transport> stream)
{
    if (!key_.tls) {
        finish(std::move(stream), {});
        return;
    }
    phase_ = dial_phase::tls;
    if (owner_.settings_.tls == nullptr) {
        finish(nullptr, {errc::tls_failed, "TLS was not set up"});
        return;
    }
    handshaking_ = std::make_unique<tls_transport>(std::move(stream), new_engine());
    handshaking_->handshake(*this);
}

/// One that goes on with an earlier session of the same server, and keeps those that come.
std::unique_ptr<tls_engine> socket_connector::attempt::new_engine()
{
    auto engine = tls_engine::client(owner_.settings_.tls, key_.host, key_.alpn);
    const std::string peer = key_.host + ":" + std::to_string(key_.port) + key_.unix_path;
    if (const tls_session earlier = owner_.sessions_->take(peer, std::time(nullptr)))
        engine->resume(earlier);
    engine->on_session([sessions = owner_.sessions_, peer](tls_session session) {
        sessions->put(peer, std::move(session));
    });
    return engine;
}

void socket_connector::attempt::complete(error_code ec, std::size_t)
{
    if (phase_ == dial_phase::tls)
        shaken(ec);
    else if (tunnel_)
        tunneled(ec);
    else if (ec)
        finish(nullptr, {errc::connect_failed, key_.unix_path + ": " + ec.message()});
    else
        proceed(std::make_unique<socket_transport>(std::move(*unix_socket_), key_.unix_path));
}

void socket_connector::attempt::shaken(error_code ec)
{
    if (ec) {
        std::string detail{handshaking_->error_detail()};
        if (detail.empty()) // the connection broke below TLS
            detail = "TLS with " + key_.host + ": " + ec.message();
        const bool ours = ec.category() == aloft_category();
        finish(nullptr, {ours ? ec : error_code{errc::tls_failed}, std::move(detail)});
        return;
    }
    const bool any_will_do = key_.alpn.empty() || std::ranges::count(key_.alpn, "http/1.1") > 0;
    if (handshaking_->alpn().empty() && !any_will_do)
        finish(nullptr, {errc::no_common_protocol, key_.host + " chose no protocol by ALPN"});
    else
        finish(std::move(handshaking_), {});
}

void socket_connector::attempt::finish(std::unique_ptr<transport> stream, net_error error)
{
    dial_completion& done = done_;
    dial_result result{std::move(stream), std::move(error), phase_};
    owner_.take(done)
        .reset(); // which is this: `done` may start another dial, or destroy the connector
    done.dialed(std::move(result));
}

void socket_connector::attempt::fail_at_proxy(const std::string& problem)
{
    finish(nullptr, {errc::proxy_failed, proxy_in_the_way() + ": " + problem});
}

socket_connector::socket_connector(asio::any_io_executor executor, dial_settings settings) :
    executor_{std::move(executor)}, settings_{std::move(settings)}
{
}

socket_connector::~socket_connector() = default;

void socket_connector::dial(const endpoint_key& key, dial_completion& done)
{
    attempts_.push_back(std::make_unique<attempt>(*this, key, done));
    attempts_.back()->start();
}

dial_phase socket_connector::cancel(dial_completion& done)
{
    const std::unique_ptr<attempt> cancelled = take(done);
    return cancelled->phase();
}

dial_progress socket_connector::progress(const dial_completion& done) const
{
    const attempt& asked = **find(done);
    return {asked.phase(), asked.proxy_in_the_way()};
}

socket_connector::attempts::const_iterator socket_connector::find(const dial_completion& done) const
{
    return std::ranges::find_if(attempts_,
                                [&](const auto& candidate) { return candidate->is_for(done); });
}

std::unique_ptr<socket_connector::attempt> socket_connector::take(const dial_completion& done)
{
    const auto found = attempts_.begin() + (find(done) - attempts_.cbegin());
    std::unique_ptr<attempt> taken = std::move(*found);
    attempts_.erase(found);
    return taken;
}

} // namespace aloft::net
