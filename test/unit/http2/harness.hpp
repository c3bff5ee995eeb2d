#pragma once

#include "base/session.hpp"
#include "http2/http2_session.hpp"
#include "support/frames.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aloft::test {

/// A body whose bytes a test feeds.
class fed_source final : public body_source {
public:
    explicit fed_source(std::string bytes = {}, state then = state::last) :
        bytes_(std::move(bytes)), after_(then)
    {
    }

    run peek() override { return {bytes_, after_}; }
    void advance(std::size_t count) override { bytes_.erase(0, count); }
    [[nodiscard]] const fields* trailers() const override
    {
        return bytes_.empty() && !behind.empty() ? &behind : nullptr;
    }
    void feed(std::string_view more, state then)
    {
        bytes_ += more;
        after_ = then;
    }
    fields behind;

private:
    std::string bytes_;
    state after_;
};

inline fields get_request(std::string_view path = "/")
{
    fields f;
    f.add(":method", "GET");
    f.add(":scheme", "https");
    f.add(":authority", "model.example");
    f.add(":path", path);
    return f;
}

inline fields post_request(std::string_view path = "/v1/chat/completions")
{
    fields f;
    f.add(":method", "POST");
    f.add(":scheme", "https");
    f.add(":authority", "model.example");
    f.add(":path", path);
    f.add("content-type", "application/json");
    return f;
}

/// An exchange and all it points at.
struct call {
    explicit call(buffer_pool& pool, fields request = get_request(), body_source* body = nullptr) :
        outgoing(std::move(request)), e(pool)
    {
        e.outgoing = &outgoing;
        e.outgoing_body = body;
    }

    fields outgoing;
    exchange e;

    [[nodiscard]] std::string body() const { return std::string(e.received.readable()); }
    /// Takes what is there, as a reader would.
    std::string read(session& s)
    {
        auto out = body();
        e.received.consume(out.size(), *e.pool);
        e.consumed += static_cast<std::uint32_t>(out.size());
        if (e.carrier != nullptr)
            s.return_credit(e);
        return out;
    }
};

inline std::string produced(session& s, std::size_t target = std::size_t{1} << 20)
{
    output_buffer out(target);
    s.produce(out);
    return std::string(out.view());
}

inline std::vector<h2::parsed_frame> produced_frames(session& s)
{
    auto bytes = produced(s);
    return h2::take_frames(bytes);
}

inline error_code feed(session& s, std::string_view bytes)
{
    return s.receive(std::span<const char>(bytes.data(), bytes.size()));
}

/// The exchanges with news, unlinked, in their order.
inline std::vector<exchange*> news(session& s)
{
    std::vector<exchange*> out;
    while (!s.ready().empty()) {
        out.push_back(&s.ready().front());
        s.ready().pop_front();
    }
    return out;
}

inline std::size_t count_of(const std::vector<h2::parsed_frame>& frames, std::uint8_t type)
{
    std::size_t n = 0;
    for (const auto& f : frames)
        n += f.type == type;
    return n;
}
inline const h2::parsed_frame* find(const std::vector<h2::parsed_frame>& frames, std::uint8_t type)
{
    for (const auto& f : frames)
        if (f.type == type)
            return &f;
    return nullptr;
}

/// A client session against a peer written by hand.
struct client_trace {
    explicit client_trace(const session_limits& limits = session_limits(), bool greeted = true) :
        s(limits)
    {
        if (greeted) {
            produced(s);
            feed(s, h2::settings() + h2::settings_ack());
            produced(s);
            s.take_news();
        }
    }
    ~client_trace()
    {
        for (auto& c : calls)
            if (c->e.carrier != nullptr)
                s.abandon(c->e, h2::cancel);
    }

    call& add(fields request = get_request(), body_source* body = nullptr)
    {
        calls.push_back(std::make_unique<call>(pool, std::move(request), body));
        return *calls.back();
    }
    /// Submits and sends a request.
    call& open(fields request = get_request(), body_source* body = nullptr)
    {
        auto& c = add(std::move(request), body);
        if (s.submit(c.e))
            throw std::runtime_error("submit failed");
        produced(s);
        return c;
    }

    buffer_pool pool;
    std::vector<std::unique_ptr<call>> calls;
    http2::client_session s;
};

inline const h2::field_list ok = {{":status", "200"}};

/// A server's exchanges.
struct acceptor final : exchange_acceptor {
    exchange* open() override
    {
        if (refuse)
            return nullptr;
        calls.push_back(std::make_unique<call>(pool, fields()));
        return &calls.back()->e;
    }
    buffer_pool pool;
    std::deque<std::unique_ptr<call>> calls;
    bool refuse = false;
};

inline fields response_head(std::string_view status = "200")
{
    fields f;
    f.add(":status", status);
    f.add("content-type", "text/event-stream");
    return f;
}

/// Hands what one side produces to the other until both are silent. `cut` > 0: in pieces of so
/// many bytes.
inline void exchange_bytes(session& a, session& b, std::size_t cut = 0)
{
    const auto hand_over = [cut](session& from, session& to) {
        const auto bytes = produced(from);
        const auto step = cut == 0 ? bytes.size() : cut;
        for (std::size_t at = 0; at < bytes.size(); at += step)
            feed(to, std::string_view(bytes).substr(at, step));
        return !bytes.empty();
    };
    bool moved = true;
    while (moved) {
        moved = hand_over(a, b);
        moved = hand_over(b, a) || moved;
    }
}

} // namespace aloft::test
