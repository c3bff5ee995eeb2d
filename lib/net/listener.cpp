#include "net/listener.hpp"

#include "net/connect_race.hpp"
#include "net/socket_transport.hpp"
#include "net/tcp_settings.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_transport.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstring>
#include <list>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace aloft::net {
namespace {

using stream = asio::generic::stream_protocol;

/// How long to leave a full table of descriptors alone.
constexpr std::chrono::milliseconds exhausted_pause{100};

bool find_endpoint(const listen_options& options, stream::endpoint& endpoint, net_error& error)
{
    if (!options.unix_path.empty()) {
        if (options.unix_path.size() >= sizeof(sockaddr_un::sun_path)) {
            error = {asio::error::name_too_long, "the path of a Unix socket is too long"};
            return false;
        }
        endpoint = asio::local::stream_protocol::endpoint{options.unix_path};
        return true;
    }
    error_code ec;
    asio::ip::address address = asio::ip::address_v4::loopback();
    if (options.host.empty())
        address = asio::ip::address_v6::any();
    else if (options.host != "localhost")
        address = asio::ip::make_address(options.host, ec);
    if (ec) {
        error = {ec, "cannot listen on \"" + options.host + "\": not an address"};
        return false;
    }
    endpoint = asio::ip::tcp::endpoint{address, options.port};
    return true;
}

std::string address_of(const stream::endpoint& remote)
{
    asio::ip::tcp::endpoint address;
    if (remote.protocol().family() == AF_UNIX || remote.size() > address.capacity())
        return "unix";
    std::memcpy(address.data(), remote.data(), remote.size());
    address.resize(remote.size());
    return to_text(address);
}

} // namespace

/// Kept by Asio's handlers after the listener is gone.
class listener::state : public std::enable_shared_from_this<state> {
public:
    state(const asio::any_io_executor& executor, const listen_options& options,
          accepted_handler accepted) :
        options_{options}, accepted_{std::move(accepted)}, acceptor_{executor}, pause_{executor}
    {
    }

    bool open(net_error& error);
    void accept_next();
    void stop();

    std::uint16_t port() const noexcept { return port_; }
    std::uint64_t failed() const noexcept { return failed_; }

private:
    /// One server-side handshake against its clock.
    struct handshake final : io_completion {
        handshake(state& listening, std::unique_ptr<tls_transport> stream_) :
            owner{listening}, stream{std::move(stream_)}, clock{stream->executor()}
        {
        }
        void complete(error_code ec, std::size_t) override { owner.shaken(*this, ec); }

        state& owner;
        std::unique_ptr<tls_transport> stream;
        asio::steady_timer clock;
        std::list<std::shared_ptr<handshake>>::iterator self{};
    };

    void accepted(error_code ec, stream::socket socket);
    void start_handshake(std::unique_ptr<transport> connected);
    void shaken(handshake& over, error_code ec);

    listen_options options_;
    accepted_handler accepted_;
    asio::basic_socket_acceptor<stream> acceptor_;
    asio::steady_timer pause_;
    std::list<std::shared_ptr<handshake>> handshakes_;
    std::uint16_t port_ = 0;
    std::uint64_t failed_ = 0;
    bool accepting_ = false;
    bool stopped_ = false;
};

bool listener::state::open(net_error& error)
{
    stream::endpoint endpoint;
    if (!find_endpoint(options_, endpoint, error))
        return false;
    if (!options_.unix_path.empty())
        ::unlink(options_.unix_path.c_str());

    error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec)
        acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec && options_.host.empty())
        acceptor_.set_option(asio::ip::v6_only{false}, ec);
    if (!ec)
        acceptor_.bind(endpoint, ec);
    if (!ec)
        acceptor_.listen(options_.backlog, ec);
    if (ec) {
        const bool local = !options_.unix_path.empty();
        error = {ec, "cannot listen on " + (local ? options_.unix_path : address_of(endpoint)) +
                         ": " + ec.message()};
        return false;
    }
    if (options_.unix_path.empty()) {
        const stream::endpoint bound = acceptor_.local_endpoint(ec);
        asio::ip::tcp::endpoint address;
        std::memcpy(address.data(), bound.data(), bound.size());
        port_ = address.port();
    }
    return true;
}

void listener::state::accept_next()
{
    if (stopped_ || accepting_ || handshakes_.size() >= options_.max_handshakes)
        return;
    accepting_ = true;
    acceptor_.async_accept([self = shared_from_this()](error_code ec, stream::socket socket) {
        self->accepting_ = false;
        if (!self->stopped_)
            self->accepted(ec, std::move(socket));
    });
}

void listener::state::accepted(error_code ec, stream::socket socket)
{
    if (ec == asio::error::no_descriptors ||
        ec == boost::system::errc::too_many_files_open_in_system || ec == asio::error::no_memory ||
        ec == asio::error::no_buffer_space) {
        pause_.expires_after(exhausted_pause);
        pause_.async_wait([self = shared_from_this()](error_code) { self->accept_next(); });
        return;
    }
    if (ec) { // the client gave up before we came to it
        accept_next();
        return;
    }

    const stream::endpoint remote = socket.remote_endpoint(ec);
    apply(tcp_options(), socket);
    auto connected = std::make_unique<socket_transport>(std::move(socket), address_of(remote));
    const std::shared_ptr<state> alive = shared_from_this(); // the handler may destroy the listener
    if (options_.tls)
        start_handshake(std::move(connected));
    else
        accepted_(std::move(connected));
    accept_next();
}

void listener::state::start_handshake(std::unique_ptr<transport> connected)
{
    const std::string peer{connected->peer()};
    const auto begun = std::make_shared<handshake>(
        *this, std::make_unique<tls_transport>(std::move(connected),
                                               tls_engine::server(options_.tls, peer)));
    begun->self = handshakes_.insert(handshakes_.end(), begun);
    begun->clock.expires_after(options_.handshake_timeout);
    begun->clock.async_wait([late = std::weak_ptr{begun}](error_code ec) {
        if (const auto still = late.lock(); !ec && still)
            still->stream->close(); // completes the handshake with operation_aborted
    });
    begun->stream->handshake(*begun);
}

void listener::state::shaken(handshake& over, error_code ec)
{
    const std::shared_ptr<state> alive = shared_from_this();
    std::unique_ptr<tls_transport> stream = std::move(over.stream);
    handshakes_.erase(over.self);
    if (ec)
        ++failed_;
    else
        accepted_(std::move(stream));
    accept_next();
}

void listener::state::stop()
{
    stopped_ = true;
    handshakes_.clear();
    pause_.cancel();
    error_code ec;
    acceptor_.close(ec);
}

listener::listener(const asio::any_io_executor& executor, const listen_options& options,
                   accepted_handler accepted, net_error& error) :
    state_{std::make_shared<state>(executor, options, std::move(accepted))}
{
    if (state_->open(error))
        state_->accept_next();
    else
        stop();
}

listener::~listener()
{
    stop();
}

void listener::stop()
{
    state_->stop();
}

std::uint16_t listener::port() const noexcept
{
    return state_->port();
}

std::uint64_t listener::failed_handshakes() const noexcept
{
    return state_->failed();
}

} // namespace aloft::net
