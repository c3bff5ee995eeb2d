#pragma once

#include "net/tls_engine.hpp"
#include "net/transport.hpp"

#include <memory>

namespace aloft::net {

/// TLS over another transport. Reads take up to 64 KB of ciphertext at once through a buffer that
/// all connections of a thread share; what does not fit the caller's buffer is kept aside.
class tls_transport final : public transport {
public:
    tls_transport(std::unique_ptr<transport> lower, std::unique_ptr<tls_engine> engine);
    ~tls_transport() override;

    /// Before anything else. A failure is told by error_detail() also.
    void handshake(io_completion& done);

    void wait_readable(io_completion& done) override;
    std::size_t try_read(std::span<char> into, error_code& ec) override;
    void wait_writable(io_completion& done) override;
    std::size_t try_write(std::span<const char> bytes, error_code& ec) override;
    std::size_t unsent() const noexcept override { return engine_->output().size(); }
    void shutdown_write() override;
    void close() override;
    std::string_view alpn() const noexcept override { return engine_->alpn(); }
    std::string_view peer() const noexcept override { return lower_->peer(); }
    std::string security() const override { return engine_->description(); }
    std::string_view error_detail() const noexcept override;

private:
    /// A wait on the lower transport, answered by a member of this one.
    template <void (tls_transport::*Member)(error_code)>
    class step final : public io_completion {
    public:
        explicit step(tls_transport& self) : self_{self} {}
        void complete(error_code ec, std::size_t) override { (self_.*Member)(ec); }

    private:
        tls_transport& self_;
    };

    void advance_handshake(error_code ec);
    error_code end_of(tls_engine::status status) const;
    void fill(std::size_t& received, error_code& ec);
    void flush();
    void flushed(error_code ec);

    std::unique_ptr<tls_engine> engine_;
    step<&tls_transport::advance_handshake> handshake_step_{*this};
    step<&tls_transport::flushed> flush_step_{*this};
    posted_completion read_ready_;
    posted_completion write_ready_;
    io_completion* handshake_waiter_ = nullptr;
    io_completion* write_waiter_ = nullptr;
    bool flushing_ = false; // waits for the lower transport to take the rest
    bool write_ended_ = false;
    error_code read_end_; // what try_read says from now on
    error_code write_end_;
    std::unique_ptr<transport> lower_; // destroyed first: it holds waits that point here
};

} // namespace aloft::net
