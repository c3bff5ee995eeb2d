#pragma once

#include "base/exchange.hpp"
#include "base/output_buffer.hpp"

#include <aloft/error.hpp>
#include <aloft/session_limits.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace aloft {

/// A server's source of exchanges: a session asks for one when a request begins.
class exchange_acceptor {
public:
    /// The exchange for a new request, or null to refuse it unprocessed.
    virtual exchange* open() = 0;

protected:
    ~exchange_acceptor() = default;
};

/// One HTTP connection without its socket: bytes in to exchanges, commands to bytes out. Nothing
/// here suspends, resumes or calls user code; exchanges with news are linked into `ready()`, and
/// the connection that drives the session resumes their readers and tells their owners after the
/// call returned. Not thread-safe.
class session {
public:
    /// What changed for the connection as a whole, since last asked.
    enum news : unsigned {
        limits_changed = 1, ///< the peer's SETTINGS changed how many streams it takes
        draining = 2, ///< GOAWAY or `Connection: close`: no new exchange may start
        alive = 4, ///< a PING was answered
    };

    virtual ~session() = default;

    /// Takes all of `bytes`. An error is fatal for the connection; every open exchange has been
    /// failed and linked into ready(), and produce() may still yield a farewell (GOAWAY).
    virtual error_code receive(std::span<const char> bytes) = 0;
    /// The time, milliseconds on any clock that does not go back; to be told before what happens.
    /// A session that is not told lives in one moment.
    void set_now(std::uint64_t milliseconds) noexcept { now_ = milliseconds; }
    /// The peer closed its side. Ends or fails every open exchange.
    virtual void receive_eof() = 0;
    /// The transport failed with `ec`: fails every open exchange.
    virtual void transport_failed(error_code ec) = 0;

    /// Appends what is to be sent to `out` until nothing is left or `out` is full.
    virtual void produce(output_buffer& out) = 0;
    /// Whether the transport holds up what was produced last.
    void output_blocked(bool blocked) noexcept { output_blocked_ = blocked; }
    [[nodiscard]] virtual bool wants_read() const = 0;
    [[nodiscard]] virtual bool wants_write() const = 0;
    /// True when nothing will be sent or received any more: the connection may close the transport.
    [[nodiscard]] virtual bool finished() const = 0;
    /// It is finished, and what was produced and not written yet is of use to nobody: the
    /// connection need not wait until its peer takes it.
    [[nodiscard]] virtual bool output_is_void() const { return false; }

    /// How many bytes to read at once at the most. Where flow control does not bound what a peer
    /// sends ahead of its reader, what is read does.
    [[nodiscard]] virtual std::size_t read_limit() const
    {
        return std::numeric_limits<std::size_t>::max();
    }

    /// How many exchanges may be open at once right now: the smaller of the peer's limit and ours;
    /// 0 when draining.
    [[nodiscard]] virtual std::size_t capacity() const = 0;
    /// How many streams the peer said it takes; nothing until it has.
    [[nodiscard]] virtual std::optional<std::size_t> peer_limit() const = 0;
    /// How long the peer said it keeps a connection that is not used, milliseconds.
    [[nodiscard]] virtual std::optional<std::uint64_t> peer_idle() const { return std::nullopt; }
    /// Streams open or kept as open (a reset stream keeps its slot until the peer shows life).
    [[nodiscard]] virtual std::size_t active() const = 0;

    /// Of the active streams those that were abandoned, while their reset is held back.
    [[nodiscard]] virtual std::size_t deferred_resets() const { return 0; }
    /// When produce() will have more to say though nothing happens until then; as set_now().
    [[nodiscard]] virtual std::optional<std::uint64_t> due() const { return std::nullopt; }

    /// Client: starts `e` (its outgoing half is set). The caller has made sure of capacity. An
    /// error leaves `e` untouched.
    virtual error_code submit(exchange& e) = 0;
    /// Server: answers `e` with `head` (":status" first) and e.outgoing_body.
    virtual error_code respond(exchange& e, const fields& head) = 0;
    /// Lets go of `e` at once, which may be destroyed after the call: the stream is reset unless it
    /// is finished (RST_STREAM with `http2_code` in HTTP/2; in HTTP/1.1 the connection ends). Its
    /// owner is not told.
    virtual void abandon(exchange& e, std::uint32_t http2_code) = 0;
    /// The reader took bytes; e.consumed holds how many since the last call. Returns credit.
    virtual void return_credit(exchange& e) = 0;
    /// The source of e's outgoing body has bytes again.
    virtual void resume_body(exchange& e) = 0;

    /// Starts a graceful end: no new exchanges, those open may finish (GOAWAY in HTTP/2).
    virtual void drain() = 0;
    /// Asks the peer for a sign of life (PING in HTTP/2; nothing in HTTP/1.1).
    virtual void ping() = 0;

    /// Exchanges with news. The caller unlinks each before resuming its reader or telling its
    /// owner.
    ready_list& ready() noexcept { return ready_; }
    /// The bits of `news` gathered since the last call.
    unsigned take_news() noexcept { return std::exchange(news_, 0U); }
    [[nodiscard]] bool has_news(news bit) const noexcept { return (news_ & bit) != 0; }
    /// "h2" or "http/1.1".
    [[nodiscard]] virtual std::string_view protocol() const = 0;
    /// What the peer said about a connection error (GOAWAY debug data, what was malformed);
    /// bounded, for messages.
    [[nodiscard]] virtual std::string_view error_detail() const = 0;

protected:
    void announce(exchange& e) noexcept
    {
        if (!e.is_linked())
            ready_.push_back(e);
    }
    void announce(news bits) noexcept { news_ |= bits; }
    [[nodiscard]] std::uint64_t now() const noexcept { return now_; }
    [[nodiscard]] bool output_blocked() const noexcept { return output_blocked_; }

private:
    ready_list ready_;
    std::uint64_t now_ = 0;
    unsigned news_ = 0;
    bool output_blocked_ = false;
};

} // namespace aloft
