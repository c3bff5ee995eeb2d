// The simulator in a test of your own: what does my code do when the server fails? Nothing to
// install, no network, and the same replies every time.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;

// The code to be tested: an answer, or what to tell the user.
asio::awaitable<std::string> answer(aloft::autoglm::client& glm, std::string question)
{
    try {
        aloft::autoglm::chat_request ask;
        ask.user(question);
        auto reply = co_await glm.stream(ask);
        while (co_await reply.next()) {
        }
        co_return std::string(reply.text());
    } catch (const aloft::autoglm::error& wrong) {
        co_return "Sorry: " + wrong.code().message();
    }
}

std::string answer_under(const std::string& fault)
{
    std::string problem;
    const auto faults = aloft::sim::fault_script::parse(fault, problem);
    if (!faults)
        throw std::invalid_argument(problem);
    asio::io_context loop(1);
    aloft::sim::server server(loop.get_executor(), aloft::sim::options().seed(7).faults(*faults));
    server.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(server.base_url()));
    auto result = asio::co_spawn(loop, answer(glm, "Open the settings."), asio::use_future);
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        loop.run_one();
    return result.get();
}

void check(const std::string& fault, bool answered)
{
    const auto text = answer_under(fault);
    std::cout << fault << "\n    " << text << '\n';
    if (text.starts_with("Sorry") == answered)
        std::exit(1);
}

int main()
{
    check("", true);
    check("request 1: status 503", true); // asked again by itself
    check("always: status 401", false); // that would be of no use here
    check("request 1: truncate after 10", false); // never a silent success
    check("request 1: error vllm code 500 after 5", false);
    check("request 1: close after 5", false);
}
