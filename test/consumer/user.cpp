// A program of a user's own, which uses Asio as well as aloft: it sees only what is installed.
#include <aloft/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> say(aloft::error_code error)
{
    co_await asio::post(asio::use_awaitable);
    std::cout << error.category().name() << ": " << error.message() << '\n';
}

int main()
{
    asio::io_context context;
    asio::co_spawn(context, say(aloft::errc::stream_refused), asio::detached);
    return context.run() > 0 ? 0 : 1;
}
