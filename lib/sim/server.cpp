#include "connection/asio_timers.hpp"
#include "net/listener.hpp"
#include "net/self_signed.hpp"
#include "net/tls_context.hpp"
#include "sim/server_core.hpp"

#include <aloft/sim.hpp>

#include <boost/system/system_error.hpp>

#include <optional>
#include <utility>

namespace aloft::sim {

class server::state {
public:
    state(const boost::asio::any_io_executor& executor, options settings) :
        executor_(executor), timers_(executor), core_(timers_, std::move(settings))
    {
    }

    error_code listen(std::string& problem)
    {
        const auto& settings = core_.settings();
        net::net_error error;
        net::listen_options where;
        where.host = settings.address();
        where.port = settings.port();
        std::optional<tls_server_options> tls = settings.tls();
        if (settings.self_signed()) {
            const auto made = net::make_self_signed({"localhost"}, {"127.0.0.1", "::1"}, error);
            certificate_ = made.certificate_pem;
            tls = tls.value_or(tls_server_options())
                      .certificate_pem(made.certificate_pem, made.key_pem);
        }
        if (tls && !error)
            where.tls = net::tls_context::server(*tls, error);
        if (!error) {
            auto accept = [this](std::unique_ptr<net::transport> stream) {
                core_.serve(std::move(stream));
            };
            listener_.emplace(executor_, where, std::move(accept), error);
        }
        if (error)
            listener_.reset();
        problem = error.detail.empty() && error ? error.code.message() : error.detail;
        return error.code;
    }

    void stop()
    {
        if (listener_)
            listener_->stop();
        core_.stop();
        timers_.rest();
    }

    [[nodiscard]] std::uint16_t port() const noexcept
    {
        return listener_ ? listener_->port() : std::uint16_t{0};
    }
    [[nodiscard]] std::string base_url() const
    {
        const auto& settings = core_.settings();
        auto host = settings.address().empty() ? "localhost" : settings.address();
        if (host.find(':') != std::string::npos)
            host = "[" + host + "]";
        const bool tls = settings.self_signed() || settings.tls();
        return (tls ? "https://" : "http://") + host + ":" + std::to_string(port()) + "/v1";
    }
    [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
    [[nodiscard]] sim::counters counters() const noexcept
    {
        auto now = core_.count();
        if (listener_)
            now.failed_handshakes = listener_->failed_handshakes();
        return now;
    }

private:
    boost::asio::any_io_executor executor_;
    asio_timers timers_;
    server_core core_;
    std::optional<net::listener> listener_;
    std::string certificate_;
};

server::server(boost::asio::any_io_executor executor, options settings) :
    state_(std::make_unique<state>(executor, std::move(settings)))
{
}

server::~server()
{
    stop();
}

error_code server::listen(std::string& problem)
{
    return state_->listen(problem);
}

void server::listen()
{
    std::string problem;
    if (const auto ec = listen(problem))
        throw boost::system::system_error(ec, problem);
}

void server::stop()
{
    state_->stop();
}

std::uint16_t server::port() const noexcept
{
    return state_->port();
}

std::string server::base_url() const
{
    return state_->base_url();
}

const std::string& server::certificate() const noexcept
{
    return state_->certificate();
}

counters server::counters() const noexcept
{
    return state_->counters();
}

} // namespace aloft::sim
