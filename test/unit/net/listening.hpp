#pragma once
// A listener that keeps what it accepts, and a loop that runs until something happened.

#include "net/listener.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace aloft::test {

struct listening {
    explicit listening(boost::asio::io_context& context, const net::listen_options& options = {}) :
        here{context.get_executor(), options,
             [this](std::unique_ptr<net::transport> stream) {
                 accepted.push_back(std::move(stream));
             },
             error}
    {
        INFO(error.detail);
        REQUIRE_FALSE(error);
    }

    net::endpoint_key key(const std::string& host = "127.0.0.1", bool tls = false) const
    {
        net::endpoint_key made;
        made.host = host;
        made.port = here.port();
        made.tls = tls;
        if (tls)
            made.alpn = {"h2", "http/1.1"};
        return made;
    }

    net::net_error error;
    std::vector<std::unique_ptr<net::transport>> accepted;
    net::listener here;
};

template <class Condition>
void run_until(boost::asio::io_context& context, Condition condition)
{
    context.restart();
    while (!condition() && context.run_one() > 0)
        ;
    CHECK(condition());
}

} // namespace aloft::test
