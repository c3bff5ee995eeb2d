#include "net/transport.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace aloft::net {

void transport::read_some(std::span<char> into, io_completion& done)
{
    reading_.start(into, done);
}

void transport::write(std::span<const char> bytes, io_completion& done)
{
    writing_.start(bytes, done);
}

void transport::reading::start(std::span<char> into, io_completion& done)
{
    into_ = into;
    done_ = &done;
    stream_.wait_readable(*this);
}

void transport::reading::complete(error_code ec, std::size_t)
{
    std::size_t bytes = 0;
    if (!ec)
        bytes = stream_.try_read(into_, ec);
    if (ec == asio::error::would_block) {
        stream_.wait_readable(*this);
        return;
    }
    std::exchange(done_, nullptr)->complete(ec, bytes); // may destroy the transport
}

void transport::writing::start(std::span<const char> bytes, io_completion& done)
{
    left_ = bytes;
    written_ = 0;
    done_ = &done;
    error_code ec;
    if (advance(ec))
        stream_.posted_write_.post(*std::exchange(done_, nullptr), ec, written_);
    else
        stream_.wait_writable(*this);
}

void transport::writing::complete(error_code ec, std::size_t)
{
    if (!ec && !advance(ec)) {
        stream_.wait_writable(*this);
        return;
    }
    std::exchange(done_, nullptr)->complete(ec, written_); // may destroy the transport
}

/// Writes what leaves at once; true when all is done or failed.
bool transport::writing::advance(error_code& ec)
{
    while (!left_.empty()) {
        const std::size_t n = stream_.try_write(left_, ec);
        written_ += n;
        left_ = left_.subspan(n);
        if (ec == asio::error::would_block) {
            ec.clear();
            return false;
        }
        if (ec)
            return true;
    }
    return stream_.unsent() == 0;
}

} // namespace aloft::net
