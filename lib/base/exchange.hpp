#pragma once

#include "base/outgoing_head.hpp"
#include "base/receive_buffer.hpp"

#include <aloft/body_source.hpp>
#include <aloft/detail/waiter.hpp>
#include <aloft/error.hpp>
#include <aloft/fields.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace aloft {

class exchange;
class session;

/// A response before the final one (RFC 9110, 15.2): 103 tells what the final one will need.
struct interim_response {
    std::uint16_t status;
    fields head;
};

/// Whoever started an exchange and must know when it is over.
class exchange_owner {
public:
    /// A client's session is about to send the head of an exchange whose `outgoing` is null: puts
    /// it into `head`, which is empty. What is sent later is made later, so that thousands of
    /// requests that wait hold no heads. What it lists stays where it is until the head was sent.
    virtual void write_head(exchange&, outgoing_head& /*head*/) {}
    /// The exchange has left its session: both directions are finished, or it failed. What was
    /// received stays readable. Called once, after the read that ended it, never from within
    /// submit() or abandon().
    virtual void closed(exchange&) = 0;

protected:
    ~exchange_owner() = default;
};

/// How far the peer may have come with a request; decides what may be replayed.
enum class progress : std::uint8_t {
    unsent, ///< no byte of it was handed to the transport
    refused, ///< sent, and the peer said that it did not process it (REFUSED_STREAM, GOAWAY)
    sent, ///< sent; the peer may have processed it
    stale, ///< HTTP/1.1: sent on a connection used before that closed without a byte of response
};

/// One request and its response on one session: the session fills the incoming half and drains the
/// outgoing one, the body handle reads, the connection resumes `reader` after each read. Client and
/// server use the same type; pseudo-fields
/// (":method", ":path", ...) stand first in the outgoing fields of a request and in the incoming
/// fields of a server.
class exchange : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    enum class wants : std::uint8_t {
        nothing,
        head, ///< the head, or the end of everything
        data, ///< unread bytes, or the end of the incoming half
        more, ///< anything new
        end, ///< the end of the incoming half
    };

    explicit exchange(buffer_pool& with) noexcept : pool(&with) {}
    ~exchange() { received.release(*pool); }
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    /// True when what the reader waits for is there.
    [[nodiscard]] bool satisfied() const noexcept
    {
        switch (reader_wants) {
        case wants::head: return head_complete || closed || interim_heads != nullptr;
        case wants::data: return !received.empty() || incoming_ended || closed;
        case wants::end: return incoming_ended || closed;
        case wants::more: return true;
        case wants::nothing: break;
        }
        return false;
    }

    void keep(std::uint16_t interim_status, fields interim_head)
    {
        if (!interim_heads)
            interim_heads = std::make_unique<std::vector<interim_response>>();
        interim_heads->push_back({interim_status, std::move(interim_head)});
    }

    // What an event touches comes first, in the first 128 bytes.

    receive_buffer received;
    detail::waiter* reader = nullptr; ///< who waits; at most one
    wants reader_wants = wants::nothing;
    bool head_complete = false;
    bool incoming_ended = false; ///< the peer's half ended as it should
    bool outgoing_ended = false; ///< our half was handed to the transport whole
    bool closed = false; ///< the session has let go of it
    progress sent = progress::unsent;
    std::uint16_t interim = 0; ///< HTTP/2: 1xx responses so far
    std::int32_t stream = -1; ///< HTTP/2 stream identifier
    std::uint32_t consumed = 0; ///< bytes read since credit was last returned
    std::uint32_t owed = 0; ///< HTTP/2: bytes read whose credit the session has not passed on yet
    std::uint32_t stalls = 0; ///< HTTP/2: how often its window was full of unread bytes
    session* carrier = nullptr; ///< null before submit() and once closed
    buffer_pool* pool;
    std::uint64_t arrived =
        0; ///< time of the last incoming bytes, in timer ticks; kept by the connection
    std::chrono::steady_clock::time_point arrived_at; ///< the same, finely
    std::uint64_t total_received = 0; ///< body bytes so far

    // Outgoing half. Set before submit() or respond(), alive until the exchange is closed or
    // abandoned.
    const fields* outgoing = nullptr; ///< null, in a client: its owner writes it when it is sent
    body_source* outgoing_body = nullptr; ///< null: no body
    bool extended_connect = false; ///< HTTP/2: waits until the peer says that it takes ":protocol"
    bool keep_interim = false; ///< somebody looks at 1xx responses

    // Incoming half.
    std::uint16_t status = 0;
    std::uint32_t http2_code = 0; ///< the RST_STREAM or GOAWAY code behind `error`
    error_code error; ///< why it failed; set before `closed`
    fields head; ///< the client's response fields without ":status"; the server's request fields
                 ///< with pseudo-fields
    std::unique_ptr<fields> trailers;
    /// 1xx responses that nobody has looked at; null where there are none.
    std::unique_ptr<std::vector<interim_response>> interim_heads;

    // Who carries it.
    exchange_owner* owner = nullptr;
    using carried_hook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    carried_hook carried; ///< HTTP/2: the carrier's own list of what it carries
    std::chrono::steady_clock::time_point sent_at; ///< when a connection took it
};

/// Exchanges with news, in order of first byte.
using ready_list = boost::intrusive::list<exchange, boost::intrusive::constant_time_size<false>>;

} // namespace aloft
