// A server on several threads that share nothing: each connection belongs to one shard, and is
// answered there by that shard's client. A line is a question; the answer is sent as it is written.
#include <aloft/autoglm.hpp>
#include <aloft/client_handle.hpp>
#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using clients = aloft::sharded<aloft::autoglm::client>;

// Runs on the shard of its socket, and streams from the client of that shard.
// [answer]
asio::awaitable<void> answer(tcp::socket peer, const clients& glms)
{
    std::string line;
    co_await asio::async_read_until(peer, asio::dynamic_buffer(line, 4096), '\n',
                                    asio::use_awaitable);
    aloft::autoglm::chat_request ask;
    ask.user(line.substr(0, line.find('\n')));
    auto reply = co_await glms.local().stream(ask);
    while (const auto* delta = co_await reply.next())
        co_await asio::async_write(peer, asio::buffer(delta->content), asio::use_awaitable);
}
// [answer]

// Gives the shards connections in turn.
asio::awaitable<void> serve(tcp::acceptor& acceptor, aloft::runtime& shards, const clients& glms)
{
    while (true) {
        const asio::any_io_executor next = shards.next_executor();
        auto peer = co_await acceptor.async_accept(next, asio::use_awaitable);
        asio::co_spawn(next, answer(std::move(peer), glms), asio::detached);
    }
}

} // namespace

int main()
{
    asio::io_context elsewhere(1); // the model, on a thread of its own
    aloft::sim::server model(elsewhere.get_executor(), aloft::sim::options().tokens(12));
    model.listen();
    std::thread thread([&] { elsewhere.run(); });

    aloft::runtime shards(aloft::runtime_options().shards(2)); // by default one a processor
    const clients glms(shards, aloft::autoglm::options(model.base_url()));
    tcp::acceptor acceptor(shards.executor(0), {asio::ip::address_v4::loopback(), 0});
    const auto where = acceptor.local_endpoint();
    asio::co_spawn(shards.executor(0), serve(acceptor, shards, glms), asio::detached);

    for (const auto* question : {"First?", "Second?", "Third?"}) {
        tcp::iostream connection(where);
        connection << question << '\n' << std::flush;
        std::string text;
        std::getline(connection, text, '\0');
        std::cout << question << ' ' << text << '\n';
    }

    // This thread is no shard. It asks through a handle, which finds one that has little to do.
    const aloft::autoglm::client_handle handle(glms);
    aloft::autoglm::chat_request ask;
    ask.user("And without any event loop?");
    std::cout << handle.complete(ask).content() << '\n';

    asio::post(acceptor.get_executor(), [&] { acceptor.close(); });
    shards.close(std::chrono::seconds(5)); // what was begun may end
    shards.join();
    elsewhere.stop();
    thread.join();
}
