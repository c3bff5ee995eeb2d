// A phone agent: look at the screen, ask what to do, do it, look again. Every request carries the
// newest screenshot only, and all that was said before.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace autoglm = aloft::autoglm;

// In place of a phone.
autoglm::image screenshot()
{
    return autoglm::png("the bytes of a PNG file");
}

void act(const autoglm::action& action)
{
    std::cout << action.name();
    if (const auto place = action.element()) {
        const auto pixel = place->to_pixels(1080, 2400);
        std::cout << " at " << pixel.x << ',' << pixel.y;
    }
    std::cout << '\n';
}

// [agent]
asio::awaitable<void> run_task(autoglm::client& glm, std::string task)
{
    autoglm::chat_request base;
    base.system("You operate a phone. Answer with do(...) or finish(...).");
    autoglm::conversation talk(base);
    talk.begin(task, screenshot(), autoglm::screen_info("System Home"));

    for (int step = 0; step != 3; ++step) {
        auto reply = co_await glm.stream(talk.request());
        while (co_await reply.next()) {
        }
        talk.reply(reply.parts());
        const auto action = reply.action();
        if (!action)
            throw std::runtime_error(std::string(autoglm::describe(action.error())));
        if (action->is_finish())
            co_return;
        act(*action);
        talk.observe(screenshot(), autoglm::screen_info("Settings"));
    }
}
// [agent]

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    autoglm::client glm(loop.get_executor(), autoglm::options(model.base_url()));
    const auto done = [&](std::exception_ptr failed) {
        loop.stop();
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, run_task(glm, "Turn on the flight mode."), done);
    loop.run();
}
