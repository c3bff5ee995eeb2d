#include "sim/server_connection.hpp"

#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
#include "sim/server_core.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <utility>

namespace aloft::sim {
namespace {

// The first bytes of HTTP/2 (RFC 9113, 3.4); no method of HTTP/1.1 begins so.
constexpr std::string_view http2_greeting = "PRI ";

// A client that was told to go and has nothing open is given this long to close, in milliseconds.
constexpr tick farewell_time = 2000;

} // namespace

server_connection::server_connection(server_core& core, std::unique_ptr<net::transport> stream) :
    timer_entry([](timer_entry& self) { static_cast<server_connection&>(self).idle(); }),
    core_(core),
    stream_(std::move(stream)),
    raw_(stream_.get())
{
}

server_connection::~server_connection()
{
    if (connection_)
        connection_->close(errc::client_closed);
    requests_.clear_and_dispose([](served_request* one) { delete one; });
}

void server_connection::begin(list::iterator place)
{
    place_ = place;
    core_.timers().update();
    watch_idle();
    if (stream_->alpn().empty())
        stream_->wait_readable(*this);
    else
        start(stream_->alpn() == "h2", {});
}

void server_connection::complete(error_code ec, std::size_t)
{
    const auto space = core_.space().bytes();
    const auto count = ec ? 0 : stream_->try_read(space, ec);
    greeting_.append(space.data(), count);
    if (count == 0 && ec != boost::asio::error::would_block)
        return core_.remove(*this);
    const auto seen = std::string_view(greeting_).substr(0, http2_greeting.size());
    if (!http2_greeting.starts_with(seen))
        return start(false, std::exchange(greeting_, {}));
    if (seen == http2_greeting)
        return start(true, std::exchange(greeting_, {}));
    stream_->wait_readable(*this);
}

/// May destroy this.
void server_connection::start(bool http2, std::string_view already_read)
{
    exchange_acceptor& acceptor = *this;
    connection_observer& observer = *this;
    session_limits limits;
    limits.streams = core_.settings().max_concurrent_streams();
    std::unique_ptr<session> spoken;
    if (http2) {
        auto made = std::make_unique<http2::server_session>(limits, acceptor);
        http2_ = made.get();
        spoken = std::move(made);
    } else {
        spoken = http1::make_server_session(limits, core_.pool(), acceptor);
    }
    connection_ = std::make_shared<connection>(std::move(stream_), std::move(spoken),
                                               core_.timers(), core_.space(), observer);
    const auto started = connection_;
    if (already_read.empty())
        started->start();
    else
        started->start(already_read);
}

exchange* server_connection::open()
{
    auto& count = core_.count();
    if (count.in_flight >= core_.settings().max_requests())
        return nullptr;
    disarm();
    ++opened_;
    auto* const made = new served_request(*this);
    requests_.push_back(*made);
    return &made->carried();
}

void server_connection::release(served_request& over)
{
    requests_.erase(requests_.iterator_to(over));
    delete &over;
    if (requests_.empty())
        watch_idle();
}

bool server_connection::used_up() const noexcept
{
    const auto most = core_.settings().requests_per_connection();
    return most != 0 && opened_ >= most;
}

void server_connection::watch_idle()
{
    const auto limit =
        draining_ ? farewell_time : static_cast<tick>(core_.settings().idle_timeout().count());
    core_.timers().arm(*this, core_.timers().now() + limit);
}

void server_connection::idle()
{
    if (!connection_ || std::exchange(draining_, true))
        return drop();
    watch_idle();
    connection_->drain();
}

void server_connection::ended(connection&, error_code)
{
    core_.remove(*this);
}

void server_connection::write_raw(std::string_view bytes)
{
    error_code ec;
    raw_->try_write({bytes.data(), bytes.size()}, ec);
}

void server_connection::go_away(std::uint32_t code, std::int32_t last_stream)
{
    if (http2_ == nullptr)
        return connection_->drain();
    http2_->go_away(code, last_stream);
    connection_->schedule_flush();
}

void server_connection::set_max_streams(std::uint32_t streams)
{
    if (http2_ == nullptr)
        return;
    http2_->set_max_streams(streams);
    connection_->schedule_flush();
}

void server_connection::drop()
{
    core_.remove(*this);
}

} // namespace aloft::sim
