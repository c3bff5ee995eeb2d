// One client over three servers: one is twice as strong, one is busy, and nobody notices.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> ask(aloft::autoglm::client& glm)
{
    for (int i = 0; i < 60; ++i) {
        aloft::autoglm::chat_request question;
        question.user("Open the settings.");
        auto reply = co_await glm.stream(question);
        while (co_await reply.next()) {
        }
    }
    for (const auto& one : glm.servers())
        std::cout << one.base_url << ": " << one.attempts << " attempts, " << one.failures
                  << " failed" << (one.ejected ? ", left alone\n" : "\n");
}

int main()
{
    asio::io_context loop(1);
    std::string problem;
    const auto busy = aloft::sim::fault_script::parse("always: status 503", problem);
    const auto quick =
        aloft::sim::options()
            .first_token(aloft::sim::distribution::constant(std::chrono::milliseconds(5)))
            .token_gap(aloft::sim::distribution());
    aloft::sim::server strong(loop.get_executor(), quick);
    aloft::sim::server usual(loop.get_executor(), quick);
    auto failing = quick;
    aloft::sim::server broken(loop.get_executor(), failing.faults(*busy));
    for (auto* one : {&strong, &usual, &broken})
        one->listen();

    aloft::autoglm::client glm(
        loop.get_executor(),
        aloft::autoglm::options()
            .server(strong.base_url(), aloft::autoglm::server_options().weight(2))
            .server(usual.base_url())
            .server(broken.base_url()));
    asio::co_spawn(loop, ask(glm), [&loop](const std::exception_ptr& failed) {
        if (failed)
            std::exit(1);
        loop.stop();
    });
    loop.run();
}
