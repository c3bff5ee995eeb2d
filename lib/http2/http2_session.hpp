#pragma once

#include "base/session.hpp"
#include "http2/credit.hpp"
#include "http2/field_block_encoder.hpp"
#include "http2/flood_guard.hpp"
#include "http2/nghttp2_allocator.hpp"
#include "http2/reset_pacing.hpp"
#include "http2/stream_slots.hpp"
#include "http2/streams.hpp"
#include "http2/window_tuner.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_session;

namespace aloft::http2 {

/// What client and server sessions share: bytes in, bytes out, credit, and the end of a stream.
/// nghttp2's callbacks (session_events.cpp) only record into it.
class http2_session : public session {
public:
    ~http2_session() override;

    error_code receive(std::span<const char> bytes) final;
    void receive_eof() final;
    void transport_failed(error_code ec) final;
    void produce(output_buffer& out) final;
    [[nodiscard]] bool wants_read() const final;
    [[nodiscard]] bool wants_write() const final;
    [[nodiscard]] bool finished() const final;
    [[nodiscard]] std::size_t capacity() const final { return slots_.capacity(); }
    [[nodiscard]] std::optional<std::size_t> peer_limit() const final { return slots_.told(); }
    [[nodiscard]] std::size_t active() const final
    {
        return streams_.count() + slots_.kept() + resets_.deferred();
    }
    [[nodiscard]] std::size_t deferred_resets() const final { return resets_.deferred(); }
    [[nodiscard]] std::optional<std::uint64_t> due() const final
    {
        return dead() ? std::nullopt : resets_.due();
    }
    void abandon(exchange& e, std::uint32_t http2_code) final;
    void return_credit(exchange& e) final;
    void resume_body(exchange& e) final;
    void ping() final;
    [[nodiscard]] std::string_view protocol() const final { return "h2"; }
    [[nodiscard]] std::string_view error_detail() const final { return detail_; }

protected:
    enum class role : std::uint8_t { client, server };
    /// Why a stream left nghttp2.
    enum class ending : std::uint8_t {
        finished, ///< both halves ended
        reset_by_peer, ///< the peer sent RST_STREAM
        reset_here, ///< nghttp2 sent RST_STREAM: the peer broke HTTP on this stream
        dropped, ///< a GOAWAY, the peer's or ours, excluded it, or it was never sent
    };

    http2_session(role as, const session_limits& limits);

    // What differs between client and server.
    virtual bool begin_request(std::int32_t stream) = 0;
    virtual void head_arrived(exchange& e) = 0;
    virtual error_code outcome(exchange& e, ending how, std::uint32_t code) = 0;
    virtual bool complete_without_peer(const exchange& e) const noexcept = 0;
    virtual bool start_next() { return false; }
    virtual void ping_answered() {}
    /// nghttp2 hands out HEADERS next, of `e` unless that is null: their block, where it is not
    /// nghttp2's.
    virtual std::optional<std::string_view> field_block(const exchange* /*e*/, bool /*trailers*/)
    {
        return std::nullopt;
    }
    /// The peer's SETTINGS_HEADER_TABLE_SIZE.
    virtual void header_table_limited(std::uint32_t /*bytes*/) {}

    void attach(exchange& e) noexcept;
    /// Lets go of `e`, which nghttp2 no longer knows, and announces it.
    void close(exchange& e, error_code ec) noexcept;
    void fail_all(error_code ec) noexcept;
    /// Fails `e` and resets its stream; in resets.cpp.
    void fail(exchange& e, error_code ec, std::uint32_t code) noexcept;
    /// The HEADERS of `e` are whole in scratch_.
    void take_head(fields& into);
    void submit_goaway(std::int32_t last_stream, std::uint32_t code);
    /// A GOAWAY was queued that is not nghttp2's own end of the connection.
    void expect_own_goaway() noexcept { ++own_goaways_; }
    [[nodiscard]] bool dead() const noexcept { return failure_.failed(); }
    /// What the peer said that its body holds.
    [[nodiscard]] static std::optional<std::uint64_t> announced_length(const exchange& e) noexcept;
    /// How the peer broke HTTP on a stream: its body was cut short, or anything else.
    [[nodiscard]] error_code violation(const exchange& e) const noexcept;
    /// A waiting exchange may become a stream now.
    [[nodiscard]] bool may_start() const noexcept
    {
        return streams_.any_waiting() && queued_ == nullptr && opened_ < slots_.peer_limit();
    }

    /// Where at() looks first.
    exchange*& found(std::int32_t stream) noexcept
    {
        return found_[static_cast<std::uint32_t>(stream) / 2 % found_.size()];
    }

    nghttp2_session* ng_ = nullptr;
    session_limits limits_;
    streams streams_;
    stream_slots slots_;
    exchange* started_ = nullptr; // client: the request whose turn to send its body it is
    exchange* queued_ = nullptr; // client: its HEADERS lie in nghttp2, not written yet
    std::size_t opened_ = 0; // client: streams nghttp2 holds
    std::uint32_t goaway_code_ = 0; // of the peer's
    fields scratch_; // the header list being received; lists never interleave (RFC 9113, 4.3)
    std::uint16_t status_ = 0;
    std::string detail_;

private:
    friend struct session_events;

    exchange* at(std::int32_t stream) noexcept
    {
        auto* known = found(stream);
        return known != nullptr && known->stream == stream ? known : find(stream);
    }
    exchange* find(std::int32_t stream) noexcept;
    void detach(exchange& e) noexcept;
    void end_turn();
    /// Whether a body waits while another one, which was begun behind it, has its turn.
    [[nodiscard]] bool holds_back(const exchange& e) const noexcept
    {
        return started_ != nullptr && started_ != &e && !started_->outgoing_ended;
    }
    void flush_control();
    void hand_out(output_buffer& to, const std::uint8_t* frame, std::size_t size);
    void give_up_waiting() noexcept;
    void broke(int nghttp2_error);
    void flooded(std::string_view with);
    void terminated(std::uint32_t code, std::string_view reason);
    void explain(std::string_view text);
    // resets.cpp, where abandon() and fail() are, too
    void reset(exchange& e, std::uint32_t code) noexcept;
    [[nodiscard]] bool may_defer(const exchange& e) const noexcept;
    void defer_reset(exchange& e, std::uint32_t code);
    void send_deferred_resets();
    // flow_control.cpp, where return_credit() is, too
    void fit_windows();
    bool measured(const std::uint8_t* opaque);
    void shed() noexcept;
    [[nodiscard]] bool over_memory() noexcept;

    nghttp2_allocator memory_;
    stream_windows windows_;
    window_tuner tuner_;
    receive_credit credit_;
    flood_guard guard_;
    reset_pacing resets_;
    std::uint64_t guarded_until_ = 0; // the time that guard_ has been told of
    output_buffer early_{std::size_t{16} << 10}; // control frames written before produce()
    std::vector<std::int32_t> held_back_; // streams whose bodies wait for the end of the turn
    std::size_t turn_ = 0; // how far in out_ the body of started_ may go on alone
    output_buffer* out_ = nullptr; // where DATA goes; null while only control frames may be written
    std::optional<std::string_view> block_; // that of the HEADERS nghttp2 hands out
    std::size_t data_header_ = 0; // where in out_ the header of the DATA frame under way goes
    std::array<exchange*, 128> found_{}; // by at(), so that most frames need no search
    std::size_t list_size_ = 0;
    std::int32_t reset_by_peer_ = 0; // the stream whose RST_STREAM is being handled
    std::int32_t reset_here_ = 0;
    std::int32_t heard_up_to_ = 0; // streams up to this one were opened before the last read
    unsigned own_goaways_ = 0;
    bool ping_outstanding_ = false;
    const role role_;
    std::uint8_t greeting_size_ = 0;
    std::array<char, 8> greeting_{}; // the first bytes received, to name what else they are
    error_code failure_;
};

class client_session final : public http2_session {
public:
    explicit client_session(const session_limits& limits);

    error_code submit(exchange& e) override;
    error_code respond(exchange& e, const fields& head) override;
    void drain() override;

private:
    bool begin_request(std::int32_t) override { return false; }
    void head_arrived(exchange& e) override;
    error_code outcome(exchange& e, ending how, std::uint32_t code) override;
    bool complete_without_peer(const exchange& e) const noexcept override
    {
        return e.incoming_ended;
    }
    bool start_next() override;
    std::optional<std::string_view> field_block(const exchange* e, bool trailers) override;
    void header_table_limited(std::uint32_t bytes) override { encoder_.limit_table(bytes); }
    bool settle_extended_connect();

    outgoing_head head_; // that of queued_
    field_block_encoder encoder_; // of all that is sent: nghttp2's own is not used
};

class server_session final : public http2_session {
public:
    server_session(const session_limits& limits, exchange_acceptor& acceptor);

    error_code submit(exchange& e) override;
    error_code respond(exchange& e, const fields& head) override;
    void drain() override;

    /// Changes SETTINGS_MAX_CONCURRENT_STREAMS: a stream beyond it is refused until the client
    /// acknowledged, an error of the connection after.
    void set_max_streams(std::uint32_t streams);
    /// Takes extended CONNECT (RFC 8441). To be called before the first produce(), since a client
    /// decides by the first SETTINGS it sees.
    void allow_extended_connect();
    /// Sends GOAWAY as it is told; streams above `last_stream` (odd, or 0) are dropped.
    void go_away(std::uint32_t code, std::int32_t last_stream);

private:
    bool begin_request(std::int32_t stream) override;
    void head_arrived(exchange& e) override;
    error_code outcome(exchange& e, ending how, std::uint32_t code) override;
    bool complete_without_peer(const exchange&) const noexcept override { return false; }
    void ping_answered() override;

    exchange_acceptor* acceptor_;
    bool final_goaway_due_ = false; // once the notice's PING is answered
};

} // namespace aloft::http2
