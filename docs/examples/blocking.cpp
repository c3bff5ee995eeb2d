// For a program that knows nothing of event loops: one class that asks, waits and answers. It keeps
// its connection from one question to the next.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace asio = boost::asio;

class blocking_client {
public:
    explicit blocking_client(std::string base_url) :
        client_(loop_.get_executor(), aloft::autoglm::options(std::move(base_url)))
    {
    }

    std::string ask(std::string question)
    {
        aloft::autoglm::chat_request what;
        what.user(std::move(question));
        aloft::autoglm::failure why;
        aloft::error_code error;
        std::string text;
        bool done = false;
        const auto answered = [&](aloft::error_code ec, aloft::chat::completion got) {
            error = ec;
            text = got.content();
            done = true;
        };
        client_.async_complete(what, why, answered);
        while (!done)
            loop_.run_one(); // sleeps until something happens
        if (error)
            throw std::runtime_error(why.message());
        return text;
    }

private:
    asio::io_context loop_{1};
    aloft::autoglm::client client_;
};

int main()
{
    asio::io_context elsewhere(1); // the server, on a thread of its own
    aloft::sim::server model(elsewhere.get_executor(), aloft::sim::options());
    model.listen();
    std::thread thread([&] { elsewhere.run(); });

    blocking_client glm(model.base_url());
    std::cout << glm.ask("Open the settings.") << '\n';
    std::cout << glm.ask("Close them again.") << '\n';

    elsewhere.stop();
    thread.join();
}
