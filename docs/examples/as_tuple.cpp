// Errors as values: nothing is thrown, and the failure tells all that is known.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> ask(aloft::autoglm::client& glm)
{
    aloft::autoglm::chat_request what;
    what.user("Open the settings.");
    aloft::autoglm::failure why;
    auto [ec, answer] = co_await glm.async_complete(what, why, as_values);
    if (ec == aloft::errc::http_status)
        std::cout << "the server says " << why.server.status << ": " << why.server.message << '\n';
    else if (ec)
        std::cout << why.message() << '\n';
    else
        std::cout << answer.content() << '\n';
}

asio::awaitable<void> ask_all(aloft::autoglm::client& glm, aloft::autoglm::client& nobody)
{
    co_await ask(glm);
    co_await ask(glm);
    co_await ask(nobody);
}

int main()
{
    asio::io_context loop(1);
    std::string problem;
    const auto busy =
        aloft::sim::fault_script::parse(R"(request 1: status 429 message "Too busy")", problem);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options().faults(busy.value()));
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    const aloft::autoglm::options no_server("http://127.0.0.1:1/v1");
    aloft::autoglm::client nobody(loop.get_executor(), no_server);

    const auto done = [&](std::exception_ptr) { loop.stop(); };
    asio::co_spawn(loop, ask_all(glm, nobody), done);
    loop.run();
}
