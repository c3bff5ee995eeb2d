// Operations as values: nothing is sent before they are started, here as a group of which the first
// to answer wins and the other is cancelled.
#include <aloft/autoglm.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> race(aloft::autoglm::client& glm)
{
    aloft::autoglm::chat_request ask;
    ask.user("Open the settings.");
    auto one = glm.async_stream(ask, asio::deferred);
    auto other = glm.async_stream(ask, asio::deferred);

    auto both = asio::experimental::make_parallel_group(std::move(one), std::move(other));
    auto [order, ec1, reply1, ec2, reply2] =
        co_await both.async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);

    const bool first_won = order[0] == 0;
    std::cout << (first_won ? "the first" : "the second")
              << " answered; the other: " << (first_won ? ec2 : ec1).message() << '\n';
    auto& reply = first_won ? reply1 : reply2;
    while (const auto* delta = co_await reply.next())
        std::cout << delta->content;
    std::cout << '\n';
}

} // namespace

int main()
{
    asio::io_context loop(1);
    aloft::sim::server model(loop.get_executor(), aloft::sim::options());
    model.listen();
    aloft::autoglm::client glm(loop.get_executor(), aloft::autoglm::options(model.base_url()));
    const auto done = [&](std::exception_ptr failed) {
        loop.stop();
        if (failed)
            std::rethrow_exception(failed);
    };
    asio::co_spawn(loop, race(glm), done);
    loop.run();
}
