#include "net/socket_connector.hpp"

#include "net/connect_race.hpp"
#include "net/socket_transport.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_transport.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <optional>
#include <sys/un.h>
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
            owner_.names_->cancel(*this);
    }

    void start()
    {
        if (key_.unix_path.empty())
            owner_.names_->resolve(key_.host, key_.port, *this);
        else
            connect_unix();
    }

    bool is_for(const dial_completion& done) const noexcept { return &done_ == &done; }
    dial_phase phase() const noexcept { return phase_; }

private:
    void resolved(net_error error, tcp_endpoints endpoints) override;
    void connected(net_error error, asio::ip::tcp::socket socket) override;
    void complete(error_code ec, std::size_t bytes) override;
    void connect_unix();
    void proceed(std::unique_ptr<transport> stream);
    void shaken(error_code ec);
    void finish(std::unique_ptr<transport> stream, net_error error);

    socket_connector& owner_;
    endpoint_key key_;
    dial_completion& done_;
    dial_phase phase_ = dial_phase::resolve;
    std::optional<connect_race> race_;
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
    race_.emplace(owner_.executor_, endpoints, owner_.stagger_, *this);
}

void socket_connector::attempt::connected(net_error error, asio::ip::tcp::socket socket)
{
    if (error) {
        finish(nullptr, std::move(error));
        return;
    }
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    proceed(std::make_unique<socket_transport>(std::move(socket), to_text(remote)));
}

/// A Unix socket connects at once or not at all.
void socket_connector::attempt::connect_unix()
{
    using local = asio::local::stream_protocol;

    phase_ = dial_phase::connect;
    unix_socket_.emplace(owner_.executor_);
    error_code ec = asio::error::name_too_long;
    if (key_.unix_path.size() < sizeof(sockaddr_un::sun_path)) {
        const local::endpoint path{key_.unix_path};
        unix_socket_->open(path.protocol(), ec);
        unix_socket_->non_blocking(true, ec);
        // Asio's connect would take the EAGAIN of a full backlog for a connection in progress.
        if (::connect(unix_socket_->native_handle(), path.data(),
                      static_cast<socklen_t>(path.size())) != 0)
            ec.assign(errno, boost::system::system_category());
    }
    unix_connected_.post(*this, ec, 0);
}

void socket_connector::attempt::proceed(std::unique_ptr<transport> stream)
{
    if (!key_.tls) {
        finish(std::move(stream), {});
        return;
    }
    phase_ = dial_phase::tls;
    if (owner_.tls_ == nullptr) {
        finish(nullptr, {errc::tls_failed, "TLS was not set up"});
        return;
    }
    handshaking_ = std::make_unique<tls_transport>(
        std::move(stream), tls_engine::client(owner_.tls_, key_.host, key_.alpn));
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

socket_connector::socket_connector(asio::any_io_executor executor, std::unique_ptr<resolver> names,
                                   std::shared_ptr<tls_context> tls,
                                   std::chrono::milliseconds stagger) :
    executor_{std::move(executor)},
    names_{std::move(names)},
    tls_{std::move(tls)},
    stagger_{stagger}
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
