#include "connection/asio_timers.hpp"
#include "net/fixed_resolver.hpp"
#include "net/socket_connector.hpp"
#include "support/catch.hpp"
#include "unit/sim/sim_world.hpp"

#include <aloft/url.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

using namespace aloft;
using namespace aloft::test;

namespace {

/// Waits for one dial.
struct one_dial final : net::dial_completion {
    void dialed(net::dial_result made) override { result = std::move(made); }
    net::dial_result result;
};

} // namespace

TEST_CASE("both versions are served on one port, in clear text and over TLS")
{
    const bool http2 = GENERATE(false, true);
    const bool tls = GENERATE(false, true);
    boost::asio::io_context context(1);
    sim::server server(context.get_executor(), steady().tokens(5).self_signed(tls));
    server.listen();
    error_code ec;
    const auto base = url::parse(server.base_url(), ec);
    REQUIRE_FALSE(ec);
    CHECK(base.origin().port() == server.port());
    CHECK(server.certificate().empty() != tls);

    net::net_error error;
    const auto trusting =
        tls ? net::tls_context::client(tls_options().ca_pem(server.certificate()), error) : nullptr;
    net::dial_settings settings;
    settings.names = std::make_unique<net::fixed_resolver>(context.get_executor(),
                                                           net::fixed_resolver::table{}, nullptr);
    settings.tls = trusting;
    net::socket_connector connector(context.get_executor(), std::move(settings));
    net::endpoint_key where{"127.0.0.1", server.port(), tls, {}, {}};
    if (tls)
        where.alpn = {http2 ? "h2" : "http/1.1"};
    one_dial dial;
    connector.dial(where, dial);
    while (!dial.result.stream && !dial.result.error)
        context.run_one();
    INFO(dial.result.error.detail);
    REQUIRE(dial.result.stream);

    buffer_pool pool;
    read_space space(64 * 1024);
    asio_timers timers(context.get_executor());
    struct quiet final : connection_observer {
        void slots_changed(connection&) override {}
        void ended(connection&, error_code) override {}
    } observer;
    std::unique_ptr<session> spoken = http1::make_client_session(session_limits(), pool);
    if (http2)
        spoken = std::make_unique<http2::client_session>(session_limits());
    const auto link = std::make_shared<connection>(std::move(dial.result.stream), std::move(spoken),
                                                   timers, space, observer);
    link->start();
    call asked(pool, "POST", "/v1/chat/completions");
    asked.body(chat_body());
    asked.by = link.get();
    REQUIRE_FALSE(link->submit(asked.carried));
    while (!asked.over())
        context.run_one();
    CHECK(asked.done());
    CHECK(asked.tokens() == 5);
    link->close(errc::client_closed);
    server.stop();
}

TEST_CASE("a stopped server keeps no event loop running")
{
    boost::asio::io_context context(1);
    sim::server server(context.get_executor(), steady().tokens(5));
    server.listen();
    boost::asio::ip::tcp::socket caller(context);
    caller.connect({boost::asio::ip::address_v4::loopback(), server.port()});
    while (server.counters().connections == 0)
        context.run_one();
    server.stop();
    context.run(); // would wait for the idle connection's clock
    CHECK(server.counters().connections_open == 0);
}

TEST_CASE("a server that cannot listen says why")
{
    boost::asio::io_context context(1);
    sim::server first(context.get_executor(), sim::options());
    first.listen();
    std::string problem;
    sim::server second(context.get_executor(), sim::options().port(first.port()));
    CHECK(second.listen(problem) == boost::system::errc::address_in_use);
    CHECK(problem.find(std::to_string(first.port())) != problem.npos);
    CHECK_THROWS_AS(second.listen(), boost::system::system_error);

    sim::server third(
        context.get_executor(),
        sim::options().tls(tls_server_options().certificate_file("none.pem", "none.key")));
    CHECK(third.listen(problem));
    CHECK(problem.find("none.pem") != problem.npos);
}
