#pragma once

#include "connection/connection.hpp"
#include "http1/http1_session.hpp"
#include "http2/http2_session.hpp"
#include "net/pipe_transport.hpp"
#include "sim/reply_body.hpp"
#include "sim/server_core.hpp"
#include "support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft::test {

using std::chrono::milliseconds;

/// Who runs the loop and the clock for both ends.
class world {
public:
    explicit world(sim::options settings) : core(clock, std::move(settings)) {}

    /// Lets everything happen that needs no time.
    void settle()
    {
        do
            context.restart();
        while (context.poll() != 0);
    }
    /// Lets time pass, a millisecond a turn.
    void pass(milliseconds time)
    {
        for (settle(); time.count() > 0; --time) {
            clock.advance(milliseconds(1));
            settle();
        }
    }

    boost::asio::io_context context;
    manual_clock clock;
    buffer_pool pool;
    read_space space{64 * 1024};
    sim::server_core core;
};

/// A request and what came of it.
class call final : private exchange_owner, private detail::waiter {
public:
    call(buffer_pool& pool, std::string_view method, std::string_view path) :
        detail::waiter([](detail::waiter& self, error_code, detail::delivery) {
            static_cast<call&>(self).read();
        }),
        carried(pool)
    {
        head.add(":method", method);
        head.add(":scheme", "http");
        head.add(":authority", "sim");
        head.add(":path", path);
        carried.owner = this;
        carried.outgoing = &head;
        wait();
    }

    ~call()
    {
        if (carried.carrier != nullptr)
            by->abandon(carried, 8);
    }

    call& with(std::string_view name, std::string_view value)
    {
        return head.add(name, value), *this;
    }
    call& body(std::string text)
    {
        head.add("content-type", "application/json");
        content.whole(std::move(text));
        carried.outgoing_body = &content;
        return *this;
    }

    [[nodiscard]] unsigned status() const noexcept { return carried.status; }
    [[nodiscard]] bool ended() const noexcept { return carried.incoming_ended; }
    [[nodiscard]] bool over() const noexcept { return carried.closed; }
    [[nodiscard]] error_code error() const noexcept { return carried.error; }
    [[nodiscard]] std::size_t count(std::string_view what) const
    {
        std::size_t found = 0;
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1))
            ++found;
        return found;
    }
    [[nodiscard]] std::size_t events() const { return count("data: "); }
    /// Events that carry a token.
    [[nodiscard]] std::size_t tokens() const
    {
        return count("\"delta\":{\"content\":\"") - count("\"delta\":{\"content\":\"\"}");
    }
    [[nodiscard]] std::size_t finishes() const { return count("\"finish_reason\":\""); }
    [[nodiscard]] bool done() const { return text.ends_with("data: [DONE]\n\n"); }

    fields head;
    exchange carried;
    sim::reply_body content;
    std::string text;
    connection* by = nullptr;
    bool reading = true;

private:
    void wait() noexcept
    {
        carried.reader_wants = exchange::wants::more;
        carried.reader = this;
    }
    void read()
    {
        if (reading) {
            const auto bytes = carried.received.readable();
            text.append(bytes);
            carried.consumed += static_cast<std::uint32_t>(bytes.size());
            carried.received.consume(bytes.size(), *carried.pool);
            if (carried.carrier != nullptr)
                by->return_credit(carried);
        }
        wait();
    }
    void closed(exchange&) override {}
};

/// One connection to the simulator.
class client final : private connection_observer {
public:
    /// `told`: by ALPN; otherwise the simulator has to find out.
    client(world& in, bool http2, bool told = true)
    {
        net::pipe_transport::options settings;
        if (told)
            settings.alpn = http2 ? "h2" : "http/1.1";
        auto [near, far] = net::pipe_transport::make(in.context.get_executor(), settings);
        server_end = far.get();
        in.core.serve(std::move(far));
        session_limits limits;
        limits.stream_window = 64 * 1024;
        connection_observer& observer = *this;
        std::unique_ptr<session> spoken = http1::make_client_session(limits, in.pool);
        if (http2)
            spoken = std::make_unique<http2::client_session>(limits);
        link = std::make_shared<connection>(std::move(near), std::move(spoken), in.clock, in.space,
                                            observer);
        link->start();
        in.settle();
    }

    error_code send(call& what)
    {
        what.by = link.get();
        return link->submit(what.carried);
    }

    std::shared_ptr<connection> link;
    net::pipe_transport* server_end; // while the simulator has it
    bool over = false;

private:
    void slots_changed(connection&) override {}
    void ended(connection&, error_code) override { over = true; }
};

inline std::string chat_body(std::string_view more = "\"stream\":true")
{
    return "{\"model\":\"autoglm-phone-9b\",\"messages\":[{\"role\":\"user\",\"content\":\"Open "
           "the "
           "settings\"}]" +
           std::string(more.empty() ? "" : ",") + std::string(more) + "}";
}

inline std::unique_ptr<call> chat_call(world& in, std::string_view more = "\"stream\":true")
{
    auto made = std::make_unique<call>(in.pool, "POST", "/v1/chat/completions");
    made->body(chat_body(more));
    return made;
}

inline sim::options steady()
{
    return sim::options()
        .first_token(sim::distribution::constant(milliseconds(100)))
        .token_gap(sim::distribution::constant(milliseconds(10)))
        .tokens(20);
}

} // namespace aloft::test
