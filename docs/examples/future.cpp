// The event loop runs on a thread of its own; another thread asks, and waits for a std::future.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <iostream>
#include <string>
#include <thread>

namespace asio = boost::asio;

namespace {

// Runs on the loop's thread: a client belongs to one executor and is touched there only.
asio::awaitable<std::string> ask(aloft::autoglm::client& glm, std::string question)
{
    aloft::autoglm::chat_request what;
    what.user(std::move(question));
    const auto answer = co_await glm.complete(what);
    co_return std::string(answer.content());
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    auto work = asio::make_work_guard(loop);
    std::thread thread([&] { loop.run(); });

    std::future<std::string> first = asio::co_spawn(loop, ask(glm, "First?"), asio::use_future);
    std::future<std::string> second = asio::co_spawn(loop, ask(glm, "Second?"), asio::use_future);
    std::cout << first.get() << '\n' << second.get() << '\n'; // get() throws what ask() throws

    loop.stop();
    thread.join();
}
