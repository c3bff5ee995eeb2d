// A Beast HTTP server whose handler awaits the model: while one handler waits, the loop serves the
// others. Here it serves one request of its own making, and exits.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// [session]
asio::awaitable<void> serve(tcp::socket socket, aloft::autoglm::client& glm)
{
    beast::flat_buffer buffer;
    http::request<http::string_body> asked;
    co_await http::async_read(socket, buffer, asked, asio::use_awaitable);

    http::response<http::string_body> answer(http::status::ok, asked.version());
    try {
        aloft::autoglm::chat_request ask;
        ask.user(asked.body());
        const auto completion = co_await glm.complete(ask);
        answer.body() = completion.content();
    } catch (const aloft::autoglm::error& why) {
        std::cerr << why.what() << '\n';
        answer.result(http::status::bad_gateway);
    }
    answer.prepare_payload();
    co_await http::async_write(socket, answer, asio::use_awaitable);
}
// [session]

asio::awaitable<void> serve_one(tcp::acceptor& acceptor, aloft::autoglm::client& glm)
{
    co_await serve(co_await acceptor.async_accept(asio::use_awaitable), glm);
}

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    tcp::acceptor acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::co_spawn(loop, serve_one(acceptor, glm), asio::detached);

    aloft::client browser(loop.get_executor());
    const auto url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
    const auto show = [&](std::exception_ptr, aloft::whole_response got) {
        std::cout << got.status() << ": " << got.body() << '\n';
        loop.stop();
    };
    asio::co_spawn(loop, browser.post(url, "Open the settings.", "text/plain"), show);
    loop.run();
}
