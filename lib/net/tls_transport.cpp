#include "net/tls_transport.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <utility>

namespace aloft::net {
namespace {

/// Holds ciphertext only from a read of the lower transport to the end of the call that made it, so
/// one a thread is enough for all its connections.
std::span<char> shared_buffer()
{
    static thread_local std::array<char, 64 * 1024> bytes;
    return bytes;
}

constexpr std::size_t kept_output_capacity = 4096;

} // namespace

tls_transport::tls_transport(std::unique_ptr<transport> lower, std::unique_ptr<tls_engine> engine) :
    transport{lower->executor()},
    engine_{std::move(engine)},
    read_ready_{lower->executor()},
    write_ready_{lower->executor()},
    lower_{std::move(lower)}
{
}

tls_transport::~tls_transport()
{
    close();
}

void tls_transport::handshake(io_completion& done)
{
    const tls_engine::status status = engine_->handshake();
    flush();
    if (status == tls_engine::status::want_input) {
        handshake_waiter_ = &done;
        lower_->wait_readable(handshake_step_);
    } else {
        read_ready_.post(done, engine_->error().code, 0);
    }
}

void tls_transport::advance_handshake(error_code ec)
{
    auto status = tls_engine::status::want_input;
    std::size_t received = shared_buffer().size();
    while (!ec && status == tls_engine::status::want_input) {
        if (received == shared_buffer().size())
            fill(received, ec);
        else
            ec = asio::error::would_block;
        if (!ec)
            status = engine_->handshake();
    }
    engine_->keep_input();
    flush();
    if (ec == asio::error::would_block) {
        lower_->wait_readable(handshake_step_);
        return;
    }
    if (status == tls_engine::status::failed)
        ec = engine_->error().code;
    else if (!ec)
        ec = write_end_;
    std::exchange(handshake_waiter_, nullptr)->complete(ec, 0); // may destroy this
}

/// Reads ciphertext into the shared buffer and lends it to the engine, or tells the engine of the
/// end.
void tls_transport::fill(std::size_t& received, error_code& ec)
{
    const std::span<char> buffer = shared_buffer();
    received = lower_->try_read(buffer, ec);
    if (ec == asio::error::eof) {
        engine_->end_input();
        ec.clear();
    } else if (!ec) {
        engine_->feed(buffer.first(received));
    }
}

void tls_transport::wait_readable(io_completion& done)
{
    if (read_end_ || engine_->has_input())
        read_ready_.post(done, {}, 0);
    else
        lower_->wait_readable(done);
}

std::size_t tls_transport::try_read(std::span<char> into, error_code& ec)
{
    ec = read_end_;
    std::size_t total = 0;
    std::size_t received = shared_buffer().size(); // less than the buffer: nothing more is there
    while (!ec && total < into.size()) {
        if (!engine_->has_input()) {
            if (received < shared_buffer().size())
                break;
            fill(received, ec);
            if (ec)
                break;
        }
        auto status = tls_engine::status::done;
        do {
            std::size_t bytes = 0;
            status = engine_->read(into.subspan(total), bytes);
            total += bytes;
        } while (status == tls_engine::status::done && total < into.size() &&
                 engine_->worth_reading());
        ec = end_of(status);
    }
    engine_->keep_input();
    flush(); // an answer to a key update, or an alert
    if (ec && ec != asio::error::would_block)
        read_end_ = ec;
    if (total > 0)
        ec.clear();
    else if (!ec)
        ec = asio::error::would_block;
    return total;
}

error_code tls_transport::end_of(tls_engine::status status) const
{
    switch (status) {
    case tls_engine::status::done:
    case tls_engine::status::want_input: return {};
    case tls_engine::status::closed: return asio::error::eof;
    case tls_engine::status::truncated: return errc::tls_truncated;
    case tls_engine::status::failed: break;
    }
    return engine_->error().code;
}

void tls_transport::wait_writable(io_completion& done)
{
    if (flushing_)
        write_waiter_ = &done;
    else
        write_ready_.post(done, write_end_, 0);
}

std::size_t tls_transport::try_write(std::span<const char> bytes, error_code& ec)
{
    std::size_t total = 0;
    while (!write_end_ && unsent() == 0 && total < bytes.size()) {
        std::size_t taken = 0;
        write_end_ = end_of(engine_->write(bytes.subspan(total), taken));
        total += taken;
        flush();
    }
    // What the engine took and could not send is lost, and nobody may write again to learn of it.
    ec = write_end_;
    if (ec)
        return 0;
    if (total == 0 && !bytes.empty())
        ec = asio::error::would_block;
    return total;
}

/// Sends what the engine has put out, and waits for room for the rest.
void tls_transport::flush()
{
    std::string& output = engine_->output();
    if (flushing_ || output.empty())
        return;
    std::size_t sent = 0;
    error_code ec;
    while (!ec && sent < output.size())
        sent += lower_->try_write(std::span{output}.subspan(sent), ec);

    if (ec == asio::error::would_block) {
        output.erase(0, sent);
        flushing_ = true;
        lower_->wait_writable(flush_step_);
        return;
    }
    if (ec)
        write_end_ = ec;
    output.clear();
    if (output.capacity() > kept_output_capacity)
        output = {};
    if (write_ended_)
        lower_->shutdown_write();
}

void tls_transport::flushed(error_code ec)
{
    flushing_ = false;
    if (ec) {
        write_end_ = ec;
        engine_->output().clear();
    }
    flush();
    if (!flushing_ && write_waiter_ != nullptr)
        std::exchange(write_waiter_, nullptr)->complete(write_end_, 0); // may destroy this
}

void tls_transport::shutdown_write()
{
    if (write_ended_)
        return;
    write_ended_ = true;
    write_end_ = asio::error::broken_pipe;
    engine_->shutdown();
    if (unsent() == 0)
        lower_->shutdown_write(); // there was no session to end
    flush();
}

void tls_transport::close()
{
    if (!write_ended_ && unsent() == 0) {
        engine_->shutdown();
        flush();
    }
    lower_->close();
    read_end_ = asio::error::operation_aborted;
    write_end_ = asio::error::operation_aborted;
}

std::string_view tls_transport::error_detail() const noexcept
{
    const net_error& error = engine_->error();
    return error ? std::string_view{error.detail} : lower_->error_detail();
}

} // namespace aloft::net
