#include "net/pipe_transport.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace aloft::net {

/// Bytes under way from one end to the other.
struct pipe_transport::direction {
    std::size_t capacity;
    std::string bytes{};
    bool ended = false; // the writer shut down or closed
    bool refused = false; // the reader closed
    pipe_transport* writer = nullptr;
    pipe_transport* reader = nullptr;
};

pipe_transport::pipe_transport(const asio::any_io_executor& executor, const options& settings,
                               std::shared_ptr<direction> in, std::shared_ptr<direction> out) :
    transport{executor},
    in_{std::move(in)},
    out_{std::move(out)},
    alpn_{settings.alpn},
    peer_{settings.peer},
    read_ready_{executor},
    write_ready_{executor}
{
    in_->reader = this;
    out_->writer = this;
}

pipe_transport::~pipe_transport()
{
    read_waiter_ = nullptr;
    write_waiter_ = nullptr;
    close();
    in_->reader = nullptr;
    out_->writer = nullptr;
}

pipe_transport::pair pipe_transport::make(const asio::any_io_executor& executor, options settings)
{
    auto there = std::make_shared<direction>(direction{settings.capacity});
    auto back = std::make_shared<direction>(direction{settings.capacity});
    return {std::unique_ptr<pipe_transport>{new pipe_transport{executor, settings, back, there}},
            std::unique_ptr<pipe_transport>{new pipe_transport{executor, settings, there, back}}};
}

void pipe_transport::wait_readable(io_completion& done)
{
    read_waiter_ = &done;
    if (const error_code ec = any_.next())
        wake_reader(ec);
    else if (closed_)
        wake_reader(asio::error::operation_aborted);
    else if (!in_->bytes.empty() || in_->ended || read_.count >= read_.at)
        wake_reader({});
}

std::size_t pipe_transport::try_read(std::span<char> into, error_code& ec)
{
    ec = any_.next();
    const error_code planned = read_.next();
    if (!ec)
        ec = planned;
    if (!ec && closed_)
        ec = asio::error::operation_aborted;
    if (!ec && in_->bytes.empty())
        ec = in_->ended ? error_code{asio::error::eof} : error_code{asio::error::would_block};
    if (ec)
        return 0;

    const std::size_t bytes = std::min({into.size(), in_->bytes.size(), read_limit_});
    std::copy_n(in_->bytes.begin(), bytes, into.begin());
    in_->bytes.erase(0, bytes);
    if (in_->writer != nullptr)
        in_->writer->wake_writer({});
    return bytes;
}

void pipe_transport::wait_writable(io_completion& done)
{
    write_waiter_ = &done;
    const bool room = out_->bytes.size() < out_->capacity && write_credit_ > 0;
    if (const error_code ec = any_.next())
        wake_writer(ec);
    else if (closed_)
        wake_writer(asio::error::operation_aborted);
    else if (room || out_->ended || out_->refused || write_.count >= write_.at)
        wake_writer({});
}

std::size_t pipe_transport::try_write(std::span<const char> bytes, error_code& ec)
{
    ec = any_.next();
    const error_code planned = write_.next();
    if (!ec)
        ec = planned;
    if (!ec && closed_)
        ec = asio::error::operation_aborted;
    if (!ec && (out_->ended || out_->refused))
        ec = asio::error::broken_pipe;

    const std::size_t room =
        std::min<std::uint64_t>(out_->capacity - out_->bytes.size(), write_credit_);
    if (!ec && room == 0 && !bytes.empty())
        ec = asio::error::would_block;
    if (ec)
        return 0;

    const std::size_t taken = std::min(bytes.size(), room);
    out_->bytes.append(bytes.data(), taken);
    bytes_written_ += taken;
    if (write_credit_ != UINT64_MAX)
        write_credit_ -= taken;
    if (out_->reader != nullptr)
        out_->reader->wake_reader({});
    return taken;
}

void pipe_transport::shutdown_write()
{
    out_->ended = true;
    if (out_->reader != nullptr)
        out_->reader->wake_reader({});
}

void pipe_transport::close()
{
    closed_ = true;
    in_->refused = true;
    if (in_->writer != nullptr)
        in_->writer->wake_writer({});
    shutdown_write();
    wake_reader(asio::error::operation_aborted);
    wake_writer(asio::error::operation_aborted);
}

void pipe_transport::set_write_credit(std::uint64_t bytes)
{
    write_credit_ = bytes;
    if (bytes > 0)
        wake_writer({});
}

void pipe_transport::fail_at(std::uint64_t step, error_code ec)
{
    any_.set(step, ec);
}

void pipe_transport::fail_read_at(std::uint64_t i, error_code ec)
{
    read_.set(i, ec);
    if (i == 0)
        wake_reader({});
}

void pipe_transport::fail_write_at(std::uint64_t i, error_code ec)
{
    write_.set(i, ec);
    if (i == 0)
        wake_writer({});
}

bool pipe_transport::write_ended() const noexcept
{
    return out_->ended;
}

void pipe_transport::wake_reader(error_code ec)
{
    if (io_completion* waiter = std::exchange(read_waiter_, nullptr))
        read_ready_.post(*waiter, ec, 0);
}

void pipe_transport::wake_writer(error_code ec)
{
    if (io_completion* waiter = std::exchange(write_waiter_, nullptr))
        write_ready_.post(*waiter, ec, 0);
}

} // namespace aloft::net
