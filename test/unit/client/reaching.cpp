// A client on a real event loop, as far as a connection: names that nobody answers, and ways of the
// user's own.

#include "support/catch.hpp"
#include "unit/net/name_server_peer.hpp"

#include <aloft/client.hpp>
#include <aloft/custom_connector.hpp>
#include <aloft/custom_resolver.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// How one request ended.
class ending {
public:
    auto handler()
    {
        return [this](error_code code, const response&) { ec = code; };
    }

    std::optional<error_code> ec;
    failure why;
};

class failing_resolver final : public custom_resolver {
public:
    asio::awaitable<std::vector<asio::ip::address>> resolve(std::string host) override
    {
        asked = host;
        throw std::runtime_error("the registry is down");
        co_return std::vector<asio::ip::address>{};
    }
    std::string asked;
};

class failing_connector final : public custom_connector {
public:
    asio::awaitable<socket> connect(std::string, std::uint16_t) override
    {
        throw std::runtime_error("no route in the mesh");
        co_return socket{co_await asio::this_coro::executor};
    }
};

failure failure_with(client_options options)
{
    asio::io_context context;
    client http{context.get_executor(), std::move(options)};
    ending ended;
    http.async_send(request("GET", "http://a.example/"), ended.why, ended.handler());
    while (!ended.ec && context.run_one() > 0)
        ;
    return ended.why;
}

} // namespace

TEST_CASE("with name servers black-holed, a request is cancelled and a client destroyed at once")
{
    using steady = std::chrono::steady_clock;
    asio::io_context context;
    name_server_peer black_hole{context};
    black_hole.stop();
    const auto server = black_hole.endpoint();
    client_options options;
    options.dns(dns_options().server("127.0.0.1:" + std::to_string(server.port())));
    std::optional<client> http{std::in_place, context.get_executor(), options};
    asio::cancellation_signal stop;
    ending cancelled;
    ending destroyed;
    http->async_send(request("GET", "http://a.example/"), cancelled.why,
                     asio::bind_cancellation_slot(stop.slot(), cancelled.handler()));
    http->async_send(request("GET", "http://b.example/"), destroyed.why, destroyed.handler());
    context.run_for(50ms); // the questions are out

    const auto begun = steady::now();
    stop.emit(asio::cancellation_type::all);
    while (!cancelled.ec && context.run_one() > 0)
        ;
    CHECK(cancelled.ec == asio::error::operation_aborted);
    CHECK(cancelled.why.phase == phase::resolve);
    http.reset();
    context.run(); // and nothing is left
    CHECK(destroyed.ec == errc::client_closed);
    CHECK(steady::now() - begun < 100ms);
}

TEST_CASE("a resolver and a connector of the user's say why they failed")
{
    const auto names = std::make_shared<failing_resolver>();
    const auto unresolved = failure_with(client_options().resolver(names));
    CHECK(names->asked == "a.example");
    CHECK(unresolved.code == errc::resolve_failed);
    CHECK(unresolved.detail == "a.example: the registry is down");

    const auto unconnected =
        failure_with(client_options().connector(std::make_shared<failing_connector>()));
    CHECK(unconnected.code == errc::connect_failed);
    CHECK(unconnected.detail == "a.example: no route in the mesh");
}

TEST_CASE("a client is not made with name servers, proxies or pins that are none")
{
    asio::io_context context;
    const auto refused = [&](const client_options& options) {
        try {
            const client http{context.get_executor(), options};
        } catch (const boost::system::system_error& why) {
            return std::string{why.what()};
        }
        return std::string{"made"};
    };
    CHECK(refused(client_options().dns(dns_options().server("dns.example"))).find("dns.example") !=
          std::string::npos);
    const auto proxy = refused(client_options().proxy(proxy_options().all("ftp://me:secret@x")));
    CHECK(proxy.find("not ftp://") != std::string::npos);
    CHECK(proxy.find("secret") == std::string::npos);
    CHECK(refused(client_options().tls(tls_options().pin("x"))).find("no pin") !=
          std::string::npos);
}
