#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace aloft::sse {

/// One server-sent event (WHATWG HTML, "Server-sent events").
///
/// The views borrow: from the input of the `decode` call that produced the event, or from the
/// decoder. They are valid until the next call of `decode`, and only as long as that input lives.
struct event {
    event() noexcept = default;

    std::string_view type = "message"; ///< the `event` field; "message" where there was none
    std::string_view data; ///< the `data` lines joined by LF; 64 readable bytes lie behind it
    std::string_view last_event_id; ///< the `id` field last seen, of this event or an earlier one
};

/// What a call of `decoder::decode` came to.
enum class outcome : std::uint8_t {
    need_more, ///< all of the input was consumed and no event is complete
    event, ///< one event was read; the rest of the input has not been looked at
    too_large, ///< a line or an event's data exceeds the limit; every later call says so too
};

/// The result of `decoder::decode`.
struct decode_result {
    std::size_t consumed; ///< bytes of input that need not be shown again
    outcome what; ///< event, need_more or too_large
    /// A line ended: a field, a comment, an empty line. So the server is alive, event or not.
    bool progress;
};

/// Reads an event stream from consecutive pieces of bytes, cut anywhere.
///
/// An event that lies whole in the input, in one data line, is handed out without a copy. What a
/// piece leaves unfinished is kept by the decoder, so that the bytes can be given back at once. A
/// decoder between events owns no memory besides the last event id and the retry time, where the
/// server sent any. At the end of the stream there is nothing to call: an event without its empty
/// line is discarded, as the standard wants it.
///
/// Not thread-safe; movable.
class decoder {
public:
    /// Limit of a line and of an event's data, unless another is given: 16 MiB.
    static constexpr std::size_t default_limit = std::size_t{16} << 20;

    /// `limit`: bytes that one line (comments excepted), or the data of one event, may have.
    explicit decoder(std::size_t limit = default_limit) noexcept;
    /// For a stream that goes on where another broke off: events without an id have this one.
    decoder(std::size_t limit, std::string_view last_event_id);
    decoder(decoder&&) noexcept;
    decoder& operator=(decoder&&) noexcept;
    ~decoder();

    /// Reads up to and including the next event.
    ///
    /// `input`: the bytes now readable, with 64 more readable bytes (of any value) behind them.
    /// `out`: filled in if the result is `outcome::event`, else unspecified.
    /// Call again with the rest of the input until the result is `need_more`, which always consumes
    /// all of it. May throw `std::bad_alloc`.
    decode_result decode(std::string_view input, event& out);

    /// The id to send as `Last-Event-ID` when connecting again: that of the last whole block.
    std::string_view last_event_id() const noexcept;

    /// The reconnection time the server asked for, if it did.
    std::optional<std::chrono::milliseconds> retry() const noexcept;

private:
    struct carried;
    struct pass;

    std::size_t skip_byte_order_mark(std::string_view input);
    decode_result decode_lines(std::string_view input, event& out);
    bool take_line(std::string_view line, bool from_input, pass& now);
    bool take_data(std::string_view value, bool from_input, pass& now);
    void take_id(std::string_view value);
    void take_retry(std::string_view value);
    bool dispatch(pass& now, event& out);
    bool keep_rest(std::string_view rest, pass& now);
    carried& carry();
    void forget_delivered() noexcept;
    void release_idle() noexcept;

    std::unique_ptr<carried> carried_;
    std::size_t limit_;
    std::uint8_t state_;
    std::uint8_t byte_order_mark_ = 0; // how many bytes of it were seen at the very start
};

} // namespace aloft::sse
