#pragma once

#include "net/tls_bio.hpp"
#include "net/tls_context.hpp"
#include "net/tls_session_cache.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct x509_store_ctx_st;

namespace aloft::net {

/// TLS without I/O: ciphertext in, plaintext out, and the reverse. The owner feeds what it read,
/// calls until `want_input`, and sends `output()` after every call, failed ones too (the alert is
/// there).
class tls_engine {
public:
    enum class status {
        done, ///< the call did what it was asked to
        want_input, ///< all ciphertext is used up and more is needed
        closed, ///< the peer said close_notify: an orderly end
        truncated, ///< the stream ended without close_notify (errc::tls_truncated)
        failed, ///< see error()
    };

    /// write() encrypts no further ahead of the owner's sending than this: four full records.
    static constexpr std::size_t write_limit = 4 * 16384;

    /// A client's end. `host` is shown in the SNI extension unless it is an address, and its
    /// certificate expected.
    static std::unique_ptr<tls_engine> client(std::shared_ptr<tls_context> context,
                                              const std::string& host,
                                              const std::vector<std::string>& alpn);
    /// A server's end; `peer` names the client in messages.
    static std::unique_ptr<tls_engine> server(std::shared_ptr<tls_context> context,
                                              const std::string& peer);

    tls_engine(const tls_engine&) = delete;
    tls_engine& operator=(const tls_engine&) = delete;
    ~tls_engine();

    /// Called with each ticket a server sends; before the handshake.
    void on_session(std::function<void(tls_session)> captured) { captured_ = std::move(captured); }
    /// Offers to go on with an earlier session of the same host; before the handshake.
    void resume(const tls_session& session);
    bool resumed() const noexcept;

    /// Lends ciphertext; the calls that follow consume it. Only after the earlier input is used up.
    void feed(std::span<const char> ciphertext) noexcept { bytes_.input = ciphertext; }
    /// Copies what of the lent ciphertext is still unused, so that the lender has its buffer back.
    void keep_input();
    /// The peer's stream ended.
    void end_input() noexcept { input_ended_ = true; }
    /// Whether read() may have something without more input.
    bool has_input() const noexcept;
    /// Whether read() may have something to say: to ask in vain costs as much as a small record.
    bool worth_reading() const noexcept { return has_input() || input_ended_; }

    status handshake();
    /// One record's plaintext at most, in `bytes`.
    status read(std::span<char> into, std::size_t& bytes);
    /// Encrypts up to write_limit of `plaintext` in records as full as it allows.
    status write(std::span<const char> plaintext, std::size_t& bytes);
    /// Queues close_notify; nothing may be written afterwards.
    void shutdown();

    /// Ciphertext to send; the owner takes it out.
    std::string& output() noexcept { return bytes_.output; }
    const std::string& output() const noexcept { return bytes_.output; }

    bool handshake_done() const noexcept { return handshake_done_; }
    std::string_view alpn() const noexcept;
    /// What was agreed on, and the peer's certificate, in words.
    std::string description() const;
    const net_error& error() const noexcept { return error_; }

private:
    tls_engine(std::shared_ptr<tls_context> context, std::string host);

    static int verified(int accepted, x509_store_ctx_st* verification);
    static int new_session(ssl_st* ssl, ssl_session_st* session);
    bool pinned() const;
    static void forget_errors() noexcept;
    status outcome(int result);

    std::shared_ptr<tls_context> context_;
    std::string host_;
    tls_bytes bytes_;
    std::vector<char> kept_;
    std::function<void(tls_session)> captured_;
    net_error error_;
    std::string rejection_;
    bool input_ended_ = false;
    bool handshake_done_ = false;
    ssl_st* ssl_;
};

} // namespace aloft::net
