// Two ways to stop: giving up one wait, which loses nothing, and ending the stream itself, which
// the server learns of and stops generating.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> read_impatiently(aloft::autoglm::client& glm)
{
    aloft::autoglm::chat_request ask;
    ask.user("Open the settings.");
    auto reply = co_await glm.stream(ask);

    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int tokens = 0; tokens != 5;) {
        timer.expires_after(10ms);
        const auto first = co_await (reply.next() || timer.async_wait(asio::use_awaitable));
        if (first.index() == 1)
            std::cout << "." << std::flush; // nothing yet: the wait ended, the stream goes on
        else if (const auto* delta = std::get<0>(first); delta == nullptr)
            break;
        else
            std::cout << delta->content, ++tokens;
    }
    reply.cancel(); // RST_STREAM in HTTP/2; so does the destructor of a reply not read to its end
    std::cout << "\nenough\n";
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options().tokens(1000));
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    asio::steady_timer a_moment(loop);
    const auto done = [&](std::exception_ptr) {
        a_moment.expires_after(100ms); // for the server to notice
        a_moment.async_wait([&](aloft::error_code) { loop.stop(); });
    };
    asio::co_spawn(loop, read_impatiently(glm), done);
    loop.run();
    std::cout << "the server cancelled " << model.counters().cancelled << " request, and saved "
              << model.counters().tokens_saved << " tokens\n";
}
