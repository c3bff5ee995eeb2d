#pragma once

#include "net/transport.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace aloft::net {

/// One end of a connection in memory, for tests: deterministic, bounded, and able to fail at a
/// chosen step. Completions are posted, so `io_context.poll()` drives both ends.
class pipe_transport final : public transport {
public:
    struct options {
        std::size_t capacity = 64 * 1024; ///< bytes each direction holds before writes would block
        std::string alpn{};
        std::string peer = "pipe";
    };

    using pair = std::pair<std::unique_ptr<pipe_transport>, std::unique_ptr<pipe_transport>>;
    static pair make(const asio::any_io_executor& executor, options settings);
    static pair make(const asio::any_io_executor& executor) { return make(executor, options{}); }

    ~pipe_transport() override;

    void wait_readable(io_completion& done) override;
    std::size_t try_read(std::span<char> into, error_code& ec) override;
    void wait_writable(io_completion& done) override;
    std::size_t try_write(std::span<const char> bytes, error_code& ec) override;
    void shutdown_write() override;
    void close() override;
    std::string_view alpn() const noexcept override { return alpn_; }
    std::string_view peer() const noexcept override { return peer_; }

    /// Lets no more than this many further bytes leave this end, until it is set again.
    void set_write_credit(std::uint64_t bytes);
    /// Delivers at most this many bytes a read.
    void set_read_limit(std::size_t bytes) { read_limit_ = bytes; }

    /// The operation numbered `step` from now on, counting every attempt and every wait of this end
    /// from 0, fails with `ec`, and so do the later ones: run a test for each step until
    /// `operations()` stays below it.
    void fail_at(std::uint64_t step, error_code ec);
    /// The i-th try_read or try_write of this end from now on, counted from 0, and all later ones
    /// fail.
    void fail_read_at(std::uint64_t i, error_code ec);
    void fail_write_at(std::uint64_t i, error_code ec);

    std::uint64_t operations() const noexcept { return any_.count; }
    std::uint64_t reads() const noexcept { return read_.count; }
    std::uint64_t writes() const noexcept { return write_.count; }
    std::uint64_t bytes_written() const noexcept { return bytes_written_; }
    bool closed() const noexcept { return closed_; }
    /// Whether shutdown_write (or close) was called on this end.
    bool write_ended() const noexcept;

private:
    struct direction;

    /// Counts operations of one kind and fails those from `at` on.
    struct failure_plan {
        std::uint64_t count = 0;
        std::uint64_t at = UINT64_MAX;
        error_code ec;

        error_code next() { return count++ >= at ? ec : error_code{}; }
        void set(std::uint64_t from_now, error_code with)
        {
            at = count + from_now;
            ec = with;
        }
    };

    pipe_transport(const asio::any_io_executor& executor, const options& settings,
                   std::shared_ptr<direction> in, std::shared_ptr<direction> out);

    void wake_reader(error_code ec);
    void wake_writer(error_code ec);

    std::shared_ptr<direction> in_;
    std::shared_ptr<direction> out_;
    std::string alpn_;
    std::string peer_;
    posted_completion read_ready_;
    posted_completion write_ready_;
    io_completion* read_waiter_ = nullptr;
    io_completion* write_waiter_ = nullptr;
    failure_plan any_;
    failure_plan read_;
    failure_plan write_;
    std::uint64_t write_credit_ = UINT64_MAX;
    std::size_t read_limit_ = SIZE_MAX;
    std::uint64_t bytes_written_ = 0;
    bool closed_ = false;
};

} // namespace aloft::net
