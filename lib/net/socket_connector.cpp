#include "net/socket_connector.hpp"

#include "net/connect_race.hpp"
#include "net/socket_transport.hpp"
#include "net/tcp_settings.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_transport.hpp"
#include "net/unix_connect.hpp"
#include "net/user_operation.hpp"

#include <aloft/custom_connector.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace aloft::net {

/// One dial, phase by phase. Whatever it waits for is a member, so that destroying it withdraws
/// everything.
class socket_connector::attempt final : public resolve_completion,
                                        public race_completion,
                                        public io_completion {
public:
    attempt(socket_connector& owner, const endpoint_key& key, dial_completion& done) :
        owner_{owner}, key_{key}, done_{done}, unix_connected_{owner.executor_}
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
        else
            owner_.settings_.names->resolve(key_.host, key_.port, *this);
    }

    bool is_for(const dial_completion& done) const noexcept { return &done_ == &done; }
    dial_phase phase() const noexcept { return phase_; }

private:
    void resolved(net_error error, tcp_endpoints endpoints) override;
    void connected(net_error error, asio::ip::tcp::socket socket) override;
    void complete(error_code ec, std::size_t bytes) override;
    void reach_unix();
    void reach_custom();
    void proceed(std::unique_ptr<transport> stream);
    void shaken(error_code ec);
    void finish(std::unique_ptr<transport> stream, net_error error);

    socket_connector& owner_;
    endpoint_key key_;
    dial_completion& done_;
    dial_phase phase_ = dial_phase::resolve;
    std::optional<connect_race> race_;
    std::optional<user_operation<custom_connector::socket>> custom_;
    std::unique_ptr<tls_transport> handshaking_;
    std::optional<asio::local::stream_protocol::socket> unix_socket_;
    posted_completion unix_connected_;
};

void socket_connector::attempt::resolved(net_error error, tcp_endpoints endpoints)
{
    if (error) {
        finish(nullptr, std::move(error));
        return;
    }
    phase_ = dial_phase::connect;
    race_.emplace(owner_.executor_, endpoints, owner_.settings_.stagger, *this);
}

void socket_connector::attempt::connected(net_error error, asio::ip::tcp::socket socket)
{
    if (error) {
        finish(nullptr, std::move(error));
        return;
    }
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    socket_transport::socket_type stream{std::move(socket)};
    apply(owner_.settings_.tcp, stream);
    proceed(std::make_unique<socket_transport>(std::move(stream), to_text(remote)));
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
    handshaking_ = std::make_unique<tls_transport>(
        std::move(stream), tls_engine::client(owner_.settings_.tls, key_.host, key_.alpn));
    handshaking_->handshake(*this);
}

void socket_connector::attempt::complete(error_code ec, std::size_t)
{
    if (phase_ == dial_phase::tls)
        shaken(ec);
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

std::unique_ptr<socket_connector::attempt> socket_connector::take(const dial_completion& done)
{
    const auto found = std::ranges::find_if(
        attempts_, [&](const auto& candidate) { return candidate->is_for(done); });
    std::unique_ptr<attempt> taken = std::move(*found);
    attempts_.erase(found);
    return taken;
}

} // namespace aloft::net
