#pragma once

#include "net/posted_completion.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aloft::net {

/// A connected byte stream, driven by one connection on one executor.
///
/// The primitives are readiness (`wait_readable`, `wait_writable`) and attempts that never block
/// (`try_read`, `try_write`): a connection that waits lends no buffer, so thousands of idle ones
/// can share one, and bytes that fit the kernel's buffer leave without a turn of the loop.
/// `read_some` and `write` are built above them.
///
/// At most one read or wait_readable and one write or wait_writable may be outstanding. Nothing
/// completes inline. Destroying the transport closes it, and what was outstanding is never
/// completed.
class transport {
public:
    explicit transport(const asio::any_io_executor& executor) : posted_write_{executor} {}
    transport(const transport&) = delete;
    transport& operator=(const transport&) = delete;
    virtual ~transport() = default;

    /// Completes with 0 bytes when try_read may succeed (or report the end). It may wake for
    /// nothing: try_read then says would_block.
    virtual void wait_readable(io_completion& done) = 0;

    /// What has arrived. 0 bytes always come with an error: would_block, `asio::error::eof` at an
    /// orderly end, `errc::tls_truncated` when TLS ended without close_notify, or a failure. `into`
    /// is not empty. A result that fills `into` means that more may be there; a shorter one that a
    /// wait comes next.
    virtual std::size_t try_read(std::span<char> into, error_code& ec) = 0;

    /// Completes with 0 bytes when try_write may succeed and everything it accepted before has
    /// left.
    virtual void wait_writable(io_completion& done) = 0;

    /// Takes as many bytes as leave at once; 0 come with an error, would_block among them.
    virtual std::size_t try_write(std::span<const char> bytes, error_code& ec) = 0;

    /// Bytes that try_write accepted and the transport still holds (TLS records not yet sent).
    virtual std::size_t unsent() const noexcept { return 0; }

    /// Waits, then reads as try_read does.
    void read_some(std::span<char> into, io_completion& done);

    /// Writes all the bytes, which stay valid until it completes with their number or with an
    /// error.
    void write(std::span<const char> bytes, io_completion& done);

    /// Ends our direction (close_notify under TLS, then FIN) after what is unsent. Reading goes on.
    virtual void shutdown_write() = 0;

    /// Outstanding operations complete with operation_aborted; later ones fail.
    virtual void close() = 0;

    /// The protocol ALPN chose: "h2", "http/1.1", or "" where there was none.
    virtual std::string_view alpn() const noexcept { return {}; }
    /// The peer's address for messages: "127.0.0.1:80", "[::1]:80" or the path of a Unix socket.
    virtual std::string_view peer() const noexcept = 0;
    /// TLS version, cipher and the peer's certificate in words, or "" without TLS.
    virtual std::string security() const { return {}; }
    /// More about the last error than its code says, or "".
    virtual std::string_view error_detail() const noexcept { return {}; }

    const asio::any_io_executor& executor() const noexcept { return posted_write_.executor(); }

private:
    class reading final : public io_completion {
    public:
        explicit reading(transport& stream) : stream_{stream} {}
        void start(std::span<char> into, io_completion& done);
        void complete(error_code ec, std::size_t bytes) override;

    private:
        transport& stream_;
        std::span<char> into_;
        io_completion* done_ = nullptr;
    };

    class writing final : public io_completion {
    public:
        explicit writing(transport& stream) : stream_{stream} {}
        void start(std::span<const char> bytes, io_completion& done);
        void complete(error_code ec, std::size_t bytes) override;

    private:
        bool advance(error_code& ec);

        transport& stream_;
        std::span<const char> left_;
        std::size_t written_ = 0;
        io_completion* done_ = nullptr;
    };

    posted_completion posted_write_;
    reading reading_{*this};
    writing writing_{*this};
};

} // namespace aloft::net
