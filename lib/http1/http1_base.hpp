#pragma once

#include "base/session.hpp"
#include "http1/message_reader.hpp"
#include "http1/message_writer.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace aloft::http1 {

/// What the two sides share: one exchange at a time, its outgoing half, and the end of it all.
class http1_base : public session, protected message_sink {
public:
    ~http1_base() override;

    void transport_failed(error_code ec) final;
    [[nodiscard]] bool finished() const final { return finished_ && farewell_.empty(); }
    [[nodiscard]] std::optional<std::size_t> peer_limit() const final { return 1; }
    [[nodiscard]] std::size_t capacity() const final
    {
        return finished_ || closing_ || draining_ ? 0 : 1;
    }
    [[nodiscard]] std::size_t active() const final { return exchange_ != nullptr ? 1 : 0; }
    [[nodiscard]] std::size_t read_limit() const final
    {
        const std::size_t unread = exchange_ != nullptr ? exchange_->received.size() : 0;
        const std::size_t window = limits_.stream_window;
        return std::max(window - std::min(window, unread), least_read);
    }
    void abandon(exchange& e, std::uint32_t http2_code) final;
    void return_credit(exchange& e) final { e.consumed = 0; }
    void resume_body(exchange& e) final;
    void ping() final {}
    [[nodiscard]] std::string_view protocol() const final { return "http/1.1"; }
    [[nodiscard]] std::string_view error_detail() const final { return detail_; }

protected:
    static constexpr std::size_t least_read = std::size_t{64} << 10;

    explicit http1_base(const session_limits& limits) : limits_(limits) {}

    void on_body(std::string_view bytes) final;
    /// The exchange as it fails: what the peer may have done with it.
    virtual void note_progress(exchange&) noexcept {}

    [[nodiscard]] bool window_full() const noexcept
    {
        return exchange_ != nullptr && exchange_->received.size() >= limits_.stream_window;
    }
    /// Lets go of the exchange and announces it.
    void close_exchange(error_code ec) noexcept;
    /// Ends the connection; fails the exchange, if one is open.
    void stop(error_code ec) noexcept;
    /// No further exchange: the connection ends with this one.
    void close_after_this() noexcept;
    /// Hands out the head and as much of the body as fits. Sets e.outgoing_ended.
    error_code produce_message(output_buffer& out);
    [[nodiscard]] bool has_output() const noexcept
    {
        return !farewell_.empty() || !head_.empty() || (!body_.done() && !body_.stalled());
    }

    session_limits limits_;
    exchange* exchange_ = nullptr;
    std::string head_; // to be sent
    body_writer body_;
    std::string farewell_; // server: the last thing to be sent
    std::string detail_;
    bool finished_ = false;
    bool closing_ = false;
    bool draining_ = false;
};

} // namespace aloft::http1
