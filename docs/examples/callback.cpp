// No coroutine: each operation takes a function that is called when it is done.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <iostream>
#include <optional>
#include <utility>

namespace asio = boost::asio;

class question {
public:
    question(aloft::autoglm::client& glm, std::function<void()> done) :
        glm_(glm), done_(std::move(done))
    {
    }

    void start()
    {
        aloft::autoglm::chat_request ask;
        ask.user("Open the settings.");
        glm_.async_stream(ask, why_, [this](aloft::error_code ec, aloft::autoglm::reply reply) {
            reply_ = std::move(reply);
            if (ec)
                fail(why_);
            else
                read();
        });
    }

private:
    void read()
    {
        reply_.async_next(
            [this](aloft::error_code ec, std::optional<aloft::chat::owned_delta> delta) {
                if (ec)
                    return fail(reply_.why());
                if (!delta)
                    return done_(); // the end of a complete answer
                std::cout << (*delta)->content;
                read();
            });
    }

    void fail(const aloft::autoglm::failure& why)
    {
        std::cerr << why.message() << '\n';
        done_();
    }

    aloft::autoglm::client& glm_;
    std::function<void()> done_;
    aloft::autoglm::failure why_;
    aloft::autoglm::reply reply_;
};

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    question one(glm, [&] { loop.stop(); });
    one.start();
    loop.run();
    std::cout << '\n';
}
