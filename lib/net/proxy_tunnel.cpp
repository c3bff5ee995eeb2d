#include "net/proxy_tunnel.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aloft::net {

proxy_tunnel::proxy_tunnel(std::unique_ptr<transport> to_proxy,
                           std::unique_ptr<proxy_handshake> handshake) :
    handshake_{std::move(handshake)}, stream_{std::move(to_proxy)}
{
}

void proxy_tunnel::open(io_completion& done)
{
    done_ = &done;
    send();
}

void proxy_tunnel::send()
{
    sending_ = std::exchange(handshake_->output(), {});
    stream_->write(sending_, sent_);
}

void proxy_tunnel::sent(error_code ec)
{
    if (ec)
        finish(ec);
    else
        stream_->wait_readable(receive_);
}

void proxy_tunnel::receive(error_code ec)
{
    std::array<char, 512> bytes{};
    auto status = proxy_handshake::status::more;
    while (!ec && status == proxy_handshake::status::more && handshake_->output().empty()) {
        const auto wanted = std::min(handshake_->wanted(), bytes.size());
        const auto received = stream_->try_read(std::span{bytes}.first(wanted), ec);
        if (!ec)
            status = handshake_->take({bytes.data(), received});
    }
    if (ec == asio::error::would_block)
        stream_->wait_readable(receive_);
    else if (ec)
        finish(ec);
    else if (status == proxy_handshake::status::more)
        send();
    else if (status == proxy_handshake::status::failed)
        finish(errc::proxy_failed);
    else
        finish({});
}

void proxy_tunnel::finish(error_code ec)
{
    if (ec == errc::proxy_failed)
        problem_ = handshake_->problem();
    else if (ec == asio::error::eof)
        problem_ = "it closed the connection";
    else if (ec)
        problem_ = ec.message();
    std::exchange(done_, nullptr)->complete(ec, 0); // may destroy this
}

} // namespace aloft::net
