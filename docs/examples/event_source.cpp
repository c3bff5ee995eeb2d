// Server-sent events of a URL: the connection is lost in the middle, and it goes on behind the last
// event.
#include <aloft/event_source.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using asio::ip::tcp;

// [watch]
asio::awaitable<void> watch(aloft::client& http, std::string url)
{
    aloft::event_source source(http, url);
    while (const auto told = co_await source.next()) { // nothing: the server wants no more of us
        switch (told->what) {
        case aloft::source_event::kind::open: std::cout << "open\n"; break;
        case aloft::source_event::kind::message:
            std::cout << told->type << ' ' << told->last_event_id << ": " << told->data << '\n';
            break;
        case aloft::source_event::kind::error:
            std::cout << (told->fatal ? "over: " : "lost: ") << told->why.code.message() << '\n';
            break;
        }
    }
}
// [watch]

// A server for this example: three connections, each with an answer of its own.
asio::awaitable<void> serve(tcp::acceptor& listener)
{
    constexpr std::string_view stream =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    const std::string answers[] = {
        std::string(stream) + "retry: 100\n\nid: 1\ndata: first\n\n",
        std::string(stream) + "event: news\nid: 2\ndata: second\n\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
    };
    for (const auto& answer : answers) {
        auto peer = co_await listener.async_accept(asio::use_awaitable);
        std::string asked;
        co_await asio::async_read_until(peer, asio::dynamic_buffer(asked), "\r\n\r\n",
                                        asio::use_awaitable);
        if (const auto id = asked.find("last-event-id"); id != std::string::npos)
            std::cout << "asked with " << asked.substr(id, asked.find('\r', id) - id) << '\n';
        co_await asio::async_write(peer, asio::buffer(answer), asio::use_awaitable);
    }
}

int main()
{
    asio::io_context loop(1);
    tcp::acceptor listener(loop, {asio::ip::make_address("127.0.0.1"), 0});
    const auto port = std::to_string(listener.local_endpoint().port());
    aloft::client http(loop.get_executor());
    const auto rethrow = [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, serve(listener), rethrow);
    asio::co_spawn(loop, watch(http, "http://127.0.0.1:" + port), [&](std::exception_ptr failed) {
        loop.stop();
        rethrow(failed);
    });
    loop.run();
}
