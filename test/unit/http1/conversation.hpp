#pragma once

#include "base/session.hpp"
#include "http1/http1_session.hpp"

#include <aloft/body_source.hpp>

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft::test {

/// A body handed over in pieces; grows while `open`.
class pieces final : public body_source {
public:
    explicit pieces(std::deque<std::string> given = {}) : given_(std::move(given)) {}

    run peek() override
    {
        if (broken)
            return {{}, state::failed};
        if (given_.empty())
            return {{}, open ? state::more : state::last};
        return {given_.front(), open || given_.size() > 1 ? state::more : state::last};
    }
    void advance(std::size_t count) override
    {
        if (count == 0)
            return;
        given_.front().erase(0, count);
        if (given_.front().empty())
            given_.pop_front();
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return announced; }
    [[nodiscard]] const fields* trailers() const override { return behind; }
    void push(std::string piece) { given_.push_back(std::move(piece)); }

    std::optional<std::uint64_t> announced;
    const fields* behind = nullptr;
    bool open = false;
    bool broken = false;

private:
    std::deque<std::string> given_;
};

inline fields list(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs)
{
    fields made;
    for (const auto& [name, value] : pairs)
        made.add(name, value);
    return made;
}

inline fields request_to(std::string_view method, std::string_view path = "/")
{
    return list({{":method", method},
                 {":scheme", "http"},
                 {":authority", "example.test"},
                 {":path", path}});
}

inline std::string text(const fields& of)
{
    std::string all;
    for (const auto [name, value] : of)
        all.append(name).append("=").append(value).append(";");
    return all;
}

inline std::string drain_output(session& from)
{
    std::string all;
    output_buffer out(4096);
    do {
        out.clear();
        from.produce(out);
        all.append(out.view());
    } while (!out.empty());
    return all;
}

/// Takes news out of ready(), as a connection does.
inline std::vector<exchange*> take_ready(session& from)
{
    std::vector<exchange*> news;
    while (!from.ready().empty()) {
        news.push_back(&from.ready().front());
        news.back()->unlink();
    }
    return news;
}

inline error_code feed(session& to, std::string_view bytes)
{
    return to.receive({bytes.data(), bytes.size()});
}

/// All that can be told of an exchange from outside.
inline std::string summary(const exchange& e)
{
    std::string all = std::to_string(e.status) + "|" + text(e.head) + "|";
    all.append(e.received.readable()).append("|");
    all.append(e.trailers ? text(*e.trailers) : "-").append("|").append(e.error.message());
    for (const bool flag :
         {e.head_complete, e.incoming_ended, e.outgoing_ended, e.closed, e.carrier != nullptr})
        all.append(flag ? "1" : "0");
    return all.append(std::to_string(static_cast<int>(e.sent)));
}

/// A client session with one request after another.
struct client_side {
    explicit client_side(session_limits limits = {}) :
        session(http1::make_client_session(limits, pool))
    {
    }
    exchange& start(fields request, body_source* body = nullptr)
    {
        REQUIRE_FALSE(submit(std::move(request), body));
        return *exchanges.back();
    }
    error_code submit(fields request, body_source* body = nullptr)
    {
        requests.push_back(std::make_unique<fields>(std::move(request)));
        exchanges.push_back(std::make_unique<exchange>(pool));
        exchanges.back()->outgoing = requests.back().get();
        exchanges.back()->outgoing_body = body;
        return session->submit(*exchanges.back());
    }
    std::string sent() { return drain_output(*session); }
    error_code receive(std::string_view bytes)
    {
        const auto ec = feed(*session, bytes);
        take_ready(*session);
        return ec;
    }

    buffer_pool pool;
    std::vector<std::unique_ptr<fields>> requests;
    std::vector<std::unique_ptr<exchange>> exchanges;
    std::unique_ptr<aloft::session> session;
};

/// A server session that keeps every exchange it opened.
struct server_side final : exchange_acceptor {
    explicit server_side(session_limits limits = {}) :
        session(http1::make_server_session(limits, pool, *this))
    {
    }
    exchange* open() override
    {
        if (refuse)
            return nullptr;
        exchanges.push_back(std::make_unique<exchange>(pool));
        return exchanges.back().get();
    }
    error_code receive(std::string_view bytes)
    {
        const auto ec = feed(*session, bytes);
        take_ready(*session);
        return ec;
    }
    std::string sent()
    {
        auto all = drain_output(*session);
        take_ready(*session);
        return all;
    }
    error_code respond(exchange& e, const fields& head, body_source* body = nullptr)
    {
        e.outgoing_body = body;
        return session->respond(e, head);
    }

    buffer_pool pool;
    std::vector<std::unique_ptr<exchange>> exchanges;
    std::unique_ptr<aloft::session> session;
    bool refuse = false;
};

} // namespace aloft::test
