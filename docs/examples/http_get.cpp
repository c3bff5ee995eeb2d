// Plain HTTP: a response read whole, and one read piece by piece.
#include <aloft/client.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> look(aloft::client& http, std::string base_url)
{
    const auto models = co_await http.get(base_url + "/models");
    std::cout << models.status() << ' ' << models.headers().get("content-type").value_or("") << '\n'
              << models.body() << '\n';

    auto answer = co_await http.send(aloft::request("GET", base_url + "/models"));
    std::cout << answer.status() << " over " << answer.protocol() << '\n';
    std::size_t bytes = 0;
    while (true) {
        const auto piece = co_await answer.body().next(); // not read is not sent: flow control
        if (piece.empty())
            break;
        bytes += piece.size();
    }
    std::cout << bytes << " bytes\n";
}

int main()
{
    asio::io_context loop(1);
    aloft::sim::server server(loop.get_executor(), aloft::sim::options());
    server.listen();
    aloft::client http(loop.get_executor());
    const auto done = [&](std::exception_ptr failed) {
        loop.stop();
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, look(http, server.base_url()), done);
    loop.run();
}
