// A coroutine asks a model and shows the answer while it is being written.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string_view>

namespace asio = boost::asio;

// [describe]
asio::awaitable<void> describe(aloft::autoglm::client& glm, std::string_view screenshot)
{
    aloft::autoglm::chat_request ask;
    ask.system("You operate a phone.");
    ask.user("Open the settings.", aloft::autoglm::png(screenshot));

    auto reply = co_await glm.stream(ask); // resumes when the server begins to answer
    while (const auto* delta = co_await reply.next()) // resumes when the next token arrives
        std::cout << delta->content << std::flush;

    if (const auto action = reply.action()) // do(action="Tap", element=[499, 182])
        std::cout << "\n=> " << action->name() << '\n';
}
// [describe]

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options()); // in place of a real one
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));

    const auto done = [&](std::exception_ptr failed) {
        loop.stop();
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, describe(glm, "the bytes of a PNG file"), done);
    loop.run();
}
