#include "bench/trial.hpp"

#include "remedy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace aloft::tools::bench {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> ask(autoglm::client& client, payload body, std::string& problem)
{
    autoglm::failure why;
    auto [ec, reply] =
        co_await client.async_stream(std::move(body), why, asio::as_tuple(asio::use_awaitable));
    while (!ec && !reply.over()) {
        while (reply.try_next() != nullptr) {
        }
        if (!reply.over())
            std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (!ec && reply.error())
        why = reply.why();
    if (ec || reply.error())
        problem = explain(why);
}

} // namespace

std::string try_once(const autoglm::options& server, workload& prompts)
{
    std::string problem;
    asio::io_context loop(1);
    autoglm::client client(loop.get_executor(), server);
    const auto work = [&]() -> asio::awaitable<void> {
        co_await ask(client, prompts.make(0, arrival()), problem);
        loop.stop(); // the connection that is kept would keep it running
    };
    asio::co_spawn(loop, work, asio::detached);
    loop.run();
    return problem;
}

} // namespace aloft::tools::bench
