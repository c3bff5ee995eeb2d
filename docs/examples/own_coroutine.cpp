// A thousand streams at once, each in a coroutine of a type of one's own: nothing but its frame, in
// which the operations lie as well. So would coroutines of other libraries.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>
#include <aloft/use_awaiter.hpp>

#include <boost/asio/io_context.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iostream>
#include <tuple>

namespace asio = boost::asio;

namespace {

/// Starts at once and destroys itself at its end.
struct detached {
    struct promise_type {
        detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const { std::terminate(); }
    };
};

struct totals {
    std::size_t open = 0;
    std::size_t tokens = 0;
    std::size_t failed = 0;
};

detached read_one(aloft::autoglm::client& glm, const aloft::autoglm::chat_request& ask, totals& all,
                  asio::io_context& loop)
{
    ++all.open;
    auto [ec, reply] = co_await glm.async_stream(ask, aloft::use_awaiter);
    while (!ec && !reply.over()) {
        while (reply.try_next() != nullptr) // what has arrived, without a wait
            ++all.tokens;
        if (!reply.over())
            std::tie(ec) = co_await reply.async_wait(aloft::use_awaiter);
    }
    if (ec || reply.error())
        ++all.failed;
    if (--all.open == 0)
        loop.stop();
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    aloft::autoglm::chat_request ask;
    ask.user("Open the settings.");

    totals all;
    for (int i = 0; i != 1000; ++i)
        read_one(glm, ask, all, loop);
    loop.run();
    std::cout << all.tokens << " deltas, " << all.failed << " streams failed\n";
}
