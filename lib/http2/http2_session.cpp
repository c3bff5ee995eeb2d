#include "http2/http2_session.hpp"

#include "http2/headers_frames.hpp"
#include "http2/nghttp2_setup.hpp"
#include "http2/session_events.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace aloft::http2 {
namespace {

// NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: newer than 1.52, though Debian's 1.52 has it.
constexpr int too_many_continuations = -905;

// Connection credit returns when bytes leave the read, so this window only bounds what the network
// and the kernel hold: the largest product of rate and delay one connection may fill.
constexpr std::int32_t connection_window = 16 << 20;

constexpr std::size_t longest_detail = 256;

// A request's body goes out behind its head, before the next request is begun and before what is
// left of larger ones, which nghttp2 would write first to their ends: so a large body holds nobody
// up, and nghttp2 keeps no frame for each of thousands that wait. But not for longer than this.
constexpr std::size_t longest_turn = 32 * 1024;

void* allocate(std::size_t size, void* of)
{
    return static_cast<nghttp2_allocator*>(of)->allocate(size);
}
void* allocate_zeroed(std::size_t count, std::size_t size, void* of)
{
    void* block = allocate(count * size, of);
    if (block != nullptr)
        std::memset(block, 0, count * size);
    return block;
}
void release(void* block, void* of)
{
    static_cast<nghttp2_allocator*>(of)->release(block);
}
void* reallocate(void* block, std::size_t size, void* of)
{
    return static_cast<nghttp2_allocator*>(of)->reallocate(block, size);
}

void must(int result)
{
    if (result != 0)
        throw std::bad_alloc(); // the only way these calls fail
}

} // namespace

http2_session::http2_session(role as, const session_limits& limits) :
    limits_(limits),
    slots_(limits.streams, limits.streams_before_settings),
    windows_(limits.stream_window, limits.connection_memory),
    tuner_(windows_.current(), limits.largest_stream_window),
    credit_(limits.connection_memory),
    guard_(limits.control_frames),
    resets_(limits.reset_burst, limits.resets_per_second),
    role_(as)
{
    nghttp2_mem memory{&memory_, allocate, release, allocate_zeroed, reallocate};
    const session_options options(limits);
    const auto create =
        as == role::client ? nghttp2_session_client_new3 : nghttp2_session_server_new3;
    must(create(&ng_, session_events::table(), this, options.get(), &memory));

    std::vector<nghttp2_settings_entry> settings{
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows_.current()},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_list)},
    };
    if (as == role::client)
        settings.insert(settings.end(), {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                         {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}});
    else
        settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams});
    if (nghttp2_submit_settings(ng_, 0, settings.data(), settings.size()) != 0 ||
        nghttp2_session_set_local_window_size(ng_, 0, 0, connection_window) != 0) {
        nghttp2_session_del(ng_);
        throw std::bad_alloc();
    }
}

http2_session::~http2_session()
{
    while (auto* e = streams_.first()) {
        streams_.remove(*e);
        e->carrier = nullptr;
    }
    nghttp2_session_del(ng_);
}

error_code http2_session::receive(std::span<const char> bytes)
{
    if (dead() || bytes.empty())
        return failure_;
    slots_.heard();
    guard_.waited(now() - std::exchange(guarded_until_, now()));
    heard_up_to_ = static_cast<std::int32_t>(nghttp2_session_get_next_stream_id(ng_) - 1);
    if (greeting_size_ < greeting_.size()) {
        const auto take = std::min(greeting_.size() - greeting_size_, bytes.size());
        std::copy_n(bytes.begin(), take, greeting_.begin() + greeting_size_);
        greeting_size_ = static_cast<std::uint8_t>(greeting_size_ + take);
    }
    const auto result = nghttp2_session_mem_recv(
        ng_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (result < 0) {
        broke(static_cast<int>(result));
    } else {
        if (const auto owed = credit_.take_owed(); owed != 0)
            nghttp2_session_consume_connection(ng_, owed);
        if (over_memory())
            shed();
        if (nghttp2_session_get_outbound_queue_size(ng_) != 0)
            flush_control();
    }
    if (dead())
        fail_all(failure_);
    return failure_;
}

void http2_session::receive_eof()
{
    transport_failed(errc::connection_closed);
}

void http2_session::transport_failed(error_code ec)
{
    if (dead())
        return;
    failure_ = ec;
    early_.release();
    fail_all(ec);
}

void http2_session::produce(output_buffer& out)
{
    if (!early_.empty()) {
        out.append(early_.view());
        early_.release();
        slots_.handed_out();
    }
    if (dead())
        return;
    fit_windows();
    send_deferred_resets();
    out_ = &out;
    turn_ = 0;
    while (!out.full() && !dead()) {
        const bool due = out.size() >= turn_ || started_ == nullptr || started_->outgoing_ended;
        if (due)
            end_turn();
        const bool started = due && start_next();
        if (started)
            turn_ = out.size() + longest_turn;
        const std::uint8_t* frame = nullptr;
        const auto size = nghttp2_session_mem_send(ng_, &frame);
        if (size < 0)
            broke(static_cast<int>(size));
        else if (size > 0)
            hand_out(out, frame, static_cast<std::size_t>(size));
        else if (due && !started)
            break;
        else
            turn_ = 0;
    }
    end_turn();
    out_ = nullptr;
    slots_.handed_out();
    if (dead())
        fail_all(failure_);
}

void http2_session::end_turn()
{
    started_ = nullptr;
    for (const auto stream : held_back_)
        nghttp2_session_resume_data(ng_, stream);
    held_back_.clear();
}

bool http2_session::wants_read() const
{
    return !dead() && nghttp2_session_want_read(ng_) != 0;
}

bool http2_session::wants_write() const
{
    return !early_.empty() || (!dead() && (may_start() || nghttp2_session_want_write(ng_) != 0));
}

bool http2_session::finished() const
{
    return !wants_read() && !wants_write();
}

void http2_session::resume_body(exchange& e)
{
    if (e.stream >= 0)
        nghttp2_session_resume_data(ng_, e.stream);
}

void http2_session::ping()
{
    if (!dead() && !std::exchange(ping_outstanding_, true))
        nghttp2_submit_ping(ng_, 0, nullptr);
}

void http2_session::attach(exchange& e) noexcept
{
    e.carrier = this;
    e.stream = -1;
    e.consumed = e.owed = 0;
    e.interim = 0;
    e.sent = progress::unsent;
}

void http2_session::detach(exchange& e) noexcept
{
    credit_.taken(e.received.size() + e.consumed);
    streams_.remove(e);
    e.carrier = nullptr;
    if (started_ == &e)
        started_ = nullptr;
    if (auto*& known = found(e.stream); known == &e)
        known = nullptr;
}

void http2_session::close(exchange& e, error_code ec) noexcept
{
    detach(e);
    e.error = ec;
    e.closed = true;
    announce(e);
}

void http2_session::fail_all(error_code ec) noexcept
{
    while (auto* e = streams_.first()) {
        const bool complete = complete_without_peer(*e);
        if (!complete)
            e->http2_code = goaway_code_;
        close(*e, complete ? error_code() : ec);
    }
    queued_ = nullptr;
    slots_.close();
    announce(draining);
}

/// What was submitted and the peer does not take any more would wait here for ever: it is refused,
/// unsent, for another connection to take.
void http2_session::give_up_waiting() noexcept
{
    const auto room = slots_.peer_limit() > opened_ ? slots_.peer_limit() - opened_ : 0;
    while (auto* e = streams_.waiting_behind(room))
        close(*e, errc::stream_refused);
}

void http2_session::take_head(fields& into)
{
    // A large list takes its memory along, so that an idle connection holds little.
    if (list_size_ > 4096)
        into = std::move(scratch_);
    else
        into = scratch_;
}

void http2_session::submit_goaway(std::int32_t last_stream, std::uint32_t code)
{
    if (!dead() && nghttp2_submit_goaway(ng_, 0, last_stream, code, nullptr, 0) == 0)
        expect_own_goaway();
}

std::optional<std::uint64_t> http2_session::announced_length(const exchange& e) noexcept
{
    const auto announced = e.head.get("content-length");
    std::uint64_t length = 0;
    if (!announced ||
        std::from_chars(announced->data(), announced->data() + announced->size(), length).ec !=
            std::errc())
        return std::nullopt;
    return length;
}

error_code http2_session::violation(const exchange& e) const noexcept
{
    const bool ended = nghttp2_session_get_stream_remote_close(ng_, e.stream) == 1;
    return ended && e.total_received < announced_length(e).value_or(0) ? errc::truncated_body
                                                                       : errc::protocol_error;
}

/// Writes the control frames nghttp2 queued during a read. Only then does it tell that it ends the
/// connection or resets a stream because the peer broke the protocol.
void http2_session::flush_control()
{
    const std::uint8_t* frame = nullptr;
    while (!early_.full() && !dead()) {
        const auto size = nghttp2_session_mem_send(ng_, &frame);
        if (size <= 0)
            break;
        hand_out(early_, frame, static_cast<std::size_t>(size));
    }
}

/// Takes the frame that nghttp2 made: one a call, and frame_sent() was told of it just now.
void http2_session::hand_out(output_buffer& to, const std::uint8_t* frame, std::size_t size)
{
    if (const auto block = std::exchange(block_, std::nullopt))
        append_headers(to, frame, *block);
    else
        to.append(frame, size);
}

void http2_session::broke(int nghttp2_error)
{
    if (nghttp2_error == NGHTTP2_ERR_FLOODED)
        return flooded("PING or SETTINGS faster than acknowledgements can be sent");
    if (nghttp2_error == too_many_continuations)
        return flooded("CONTINUATION beyond any header list within the limit");
    if (nghttp2_error == NGHTTP2_ERR_CALLBACK_FAILURE) // session_events::begin_frame() alone
        return flooded("frames that carry nothing");
    if (nghttp2_error == NGHTTP2_ERR_NOMEM)
        failure_ = make_error_code(boost::system::errc::not_enough_memory);
    else if (nghttp2_session_terminate_session(ng_, NGHTTP2_PROTOCOL_ERROR) == 0)
        flush_control();
    if (nghttp2_error == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        explain("the client did not send the HTTP/2 preface");
    else
        explain(nghttp2_strerror(nghttp2_error));
    if (!dead())
        failure_ = errc::protocol_error;
}

void http2_session::flooded(std::string_view with)
{
    if (nghttp2_session_terminate_session(ng_, NGHTTP2_ENHANCE_YOUR_CALM) == 0)
        flush_control();
    failure_ = errc::control_flood;
    explain("the peer floods the connection: " + std::string(with));
}

void http2_session::terminated(std::uint32_t code, std::string_view reason)
{
    failure_ = errc::protocol_error;
    const std::string_view greeting(greeting_.data(), greeting_size_);
    if (role_ == role::client && greeting.starts_with("HTTP/")) {
        explain("the server answered " + std::string(greeting) + " to the HTTP/2 preface");
        return;
    }
    explain(nghttp2_http2_strerror(code));
    if (!reason.empty())
        explain(detail_ + ": " + std::string(reason));
}

void http2_session::explain(std::string_view text)
{
    detail_ = text.substr(0, longest_detail);
}

exchange* http2_session::find(std::int32_t stream) noexcept
{
    return found(stream) =
               static_cast<exchange*>(nghttp2_session_get_stream_user_data(ng_, stream));
}

} // namespace aloft::http2
