#include "net/connect_race.hpp"
#include "net/fixed_resolver.hpp"
#include "net/listener.hpp"
#include "net/socket_connector.hpp"
#include "net/tcp_settings.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "unit/net/listening.hpp"
#include "unit/net/results.hpp"

#include <aloft/custom_connector.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <filesystem>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

namespace {

/// Answers with what a test says, or not at all.
class scripted_resolver final : public resolver {
public:
    explicit scripted_resolver(asio::any_io_executor executor) : answer_{std::move(executor)} {}

    void resolve(const std::string& host, std::uint16_t, resolve_completion& done) override
    {
        asked = host;
        waiting_ = &done;
        if (answers)
            answer_.post(relay_, {}, 0);
    }
    void cancel(resolve_completion&) noexcept override { waiting_ = nullptr; }

    bool waits() const { return waiting_ != nullptr; }

    std::string asked;
    bool answers = true;
    net_error error;
    tcp_endpoints endpoints;

private:
    struct relay final : io_completion {
        explicit relay(scripted_resolver& owner_) : owner{owner_} {}
        void complete(error_code, std::size_t) override
        {
            if (auto* done = std::exchange(owner.waiting_, nullptr))
                done->resolved(owner.error, owner.endpoints);
        }
        scripted_resolver& owner;
    };

    posted_completion answer_;
    relay relay_{*this};
    resolve_completion* waiting_ = nullptr;
};

/// A TCP port at which connecting neither succeeds nor fails: its backlog is full.
class silent_port {
public:
    explicit silent_port(asio::io_context& context) : acceptor_{context}
    {
        const tcp::endpoint any{asio::ip::address_v4::loopback(), 0};
        acceptor_.open(any.protocol());
        acceptor_.bind(any);
        acceptor_.listen(0);
        for (int i = 0; i < 2; ++i) {
            auto& filler = fillers_.emplace_back(context);
            filler.open(tcp::v4());
            filler.non_blocking(true);
            const tcp::endpoint here = acceptor_.local_endpoint();
            ::connect(filler.native_handle(), here.data(), static_cast<socklen_t>(here.size()));
        }
    }

    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
    tcp::acceptor acceptor_;
    std::vector<tcp::socket> fillers_;
};

/// A port nobody listens on.
tcp::endpoint closed_port(asio::io_context& context)
{
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    return acceptor.local_endpoint();
}

std::unique_ptr<socket_connector> connector_of(asio::io_context& context,
                                               std::shared_ptr<tls_context> tls = nullptr,
                                               std::unique_ptr<resolver> names = nullptr)
{
    dial_settings settings;
    settings.names = std::make_unique<fixed_resolver>(context.get_executor(),
                                                      fixed_resolver::table{}, std::move(names));
    settings.tls = std::move(tls);
    return std::make_unique<socket_connector>(context.get_executor(), std::move(settings));
}

listen_options with_tls(const certificate_authority& authority)
{
    const certificate shown = authority.issue();
    net_error error;
    listen_options options;
    options.tls =
        tls_context::server(tls_server_options().certificate_pem(shown.pem, shown.key_pem), error);
    REQUIRE(options.tls);
    return options;
}

std::shared_ptr<tls_context> trusting(const certificate_authority& authority)
{
    net_error error;
    return tls_context::client(tls_options().ca_pem(authority.pem()), error);
}

} // namespace

TEST_CASE("families take turns, beginning with the first address's")
{
    const auto v4 = [](int n) {
        return tcp::endpoint{asio::ip::make_address("192.0.2." + std::to_string(n)), 1};
    };
    const auto v6 = [](int n) {
        return tcp::endpoint{asio::ip::make_address("2001:db8::" + std::to_string(n)), 1};
    };
    CHECK(interleave_families({v6(1), v6(2), v6(3), v4(1), v4(2)}) ==
          tcp_endpoints{v6(1), v4(1), v6(2), v4(2), v6(3)});
    CHECK(interleave_families({v4(1), v6(1), v4(2)}) == tcp_endpoints{v4(1), v6(1), v4(2)});
}

TEST_CASE("a connector reaches a listener over TCP and Unix sockets")
{
    asio::io_context context;
    listen_options options;
    const auto path =
        std::filesystem::temp_directory_path() / ("aloft-net-test-" + std::to_string(::getpid()));
    SECTION("TCP") {}
    SECTION("Unix")
    {
        options.unix_path = path.string();
    }
    listening server{context, options};
    const auto dialer = connector_of(context);
    endpoint_key key = server.key("localhost");
    key.unix_path = options.unix_path;

    dial dialed;
    dialer->dial(key, dialed);
    CHECK(dialed.count == 0);
    run_until(context, [&] { return dialed.count == 1 && !server.accepted.empty(); });
    INFO(dialed.result.error.detail);
    REQUIRE(dialed.result.stream);
    CHECK(
        dialed.result.stream->peer() ==
        (options.unix_path.empty() ? "127.0.0.1:" + std::to_string(key.port) : options.unix_path));

    std::array<char, 16> buffer{};
    result read;
    server.accepted.front()->read_some(buffer, read);
    error_code ec;
    dialed.result.stream->try_write(std::string_view{"hello"}, ec);
    run_until(context, [&] { return read.done(); });
    CHECK(std::string_view(buffer.data(), read.bytes) == "hello");
    std::filesystem::remove(path);
}

TEST_CASE("a connector speaks TLS with ALPN to a listener")
{
    asio::io_context context;
    const certificate_authority authority;
    listening server{context, with_tls(authority)};
    const auto dialer = connector_of(context, trusting(authority));
    dial dialed;
    dialer->dial(server.key("127.0.0.1", true), dialed);
    run_until(context, [&] { return dialed.count == 1 && !server.accepted.empty(); });
    INFO(dialed.result.error.detail);
    REQUIRE(dialed.result.stream);
    CHECK(dialed.result.stream->alpn() == "h2");
    CHECK(server.accepted.front()->alpn() == "h2");
}

TEST_CASE("a second connection resumes the session of the first")
{
    asio::io_context context;
    const certificate_authority authority;
    listening server{context, with_tls(authority)};
    const auto dialer = connector_of(context, trusting(authority));
    const auto security = [&] {
        dial dialed;
        server.accepted.clear();
        dialer->dial(server.key("127.0.0.1", true), dialed);
        run_until(context, [&] { return dialed.count == 1 && !server.accepted.empty(); });
        REQUIRE(dialed.result.stream);
        // The tickets come with the server's first bytes.
        error_code ec;
        server.accepted.front()->try_write(std::string_view{"hello"}, ec);
        std::array<char, 16> buffer{};
        result read;
        dialed.result.stream->read_some(buffer, read);
        run_until(context, [&] { return read.done(); });
        return dialed.result.stream->security();
    };
    CHECK_FALSE(contains(security(), "resumed"));
    CHECK(contains(security(), "resumed"));
}

TEST_CASE("TCP connections have the options that were asked for")
{
    asio::io_context context;
    listening server{context};
    const auto option_of = [](int socket, int level, int name) {
        int value = -1;
        socklen_t size = sizeof value;
        ::getsockopt(socket, level, name, &value, &size);
        return value;
    };
    tcp::socket plain{context, tcp::v4()};
    asio::generic::stream_protocol::socket socket{std::move(plain)};
    const int handle = socket.native_handle();
    apply(tcp_options(), socket);
    CHECK(option_of(handle, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option_of(handle, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(option_of(handle, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
    CHECK(option_of(handle, IPPROTO_TCP, TCP_KEEPINTVL) == 15);
    CHECK(option_of(handle, IPPROTO_TCP, TCP_KEEPCNT) == 4);

    tcp::socket other{context, tcp::v4()};
    asio::generic::stream_protocol::socket without{std::move(other)};
    apply(tcp_options().no_delay(false).keep_alive(std::chrono::seconds(0)), without);
    CHECK(option_of(without.native_handle(), IPPROTO_TCP, TCP_NODELAY) == 0);
    CHECK(option_of(without.native_handle(), SOL_SOCKET, SO_KEEPALIVE) == 0);
}

namespace {

/// Connects to a listener of the test's whatever it is asked for, or refuses.
class users_connector final : public custom_connector {
public:
    explicit users_connector(tcp::endpoint where) : where_{std::move(where)} {}

    asio::awaitable<socket> connect(std::string host, std::uint16_t port) override
    {
        asked = host + ":" + std::to_string(port);
        if (host == "refused.example")
            throw std::runtime_error("no route in the mesh");
        tcp::socket made{co_await asio::this_coro::executor};
        co_await made.async_connect(where_, asio::use_awaitable);
        co_return made;
    }

    std::string asked;

private:
    tcp::endpoint where_;
};

} // namespace

TEST_CASE("a connector of the user's makes the connection, and TLS is spoken over it")
{
    asio::io_context context;
    const certificate_authority authority;
    listening server{context, with_tls(authority)};
    const auto users = std::make_shared<users_connector>(
        tcp::endpoint{asio::ip::address_v4::loopback(), server.here.port()});
    dial_settings settings;
    settings.tls = trusting(authority);
    settings.names = std::make_unique<scripted_resolver>(context.get_executor());
    settings.custom = users;
    socket_connector dialer{context.get_executor(), std::move(settings)};
    dial dialed;
    endpoint_key key = server.key("localhost", true);
    key.port = 99;
    dialer.dial(key, dialed);
    CHECK(dialed.count == 0);
    run_until(context, [&] { return dialed.count == 1; });
    INFO(dialed.result.error.detail);
    REQUIRE(dialed.result.stream);
    CHECK(users->asked == "localhost:99");
    CHECK(dialed.result.stream->alpn() == "h2");

    key.host = "refused.example";
    dialer.dial(key, dialed);
    run_until(context, [&] { return dialed.count == 2; });
    CHECK(dialed.result.error.code == errc::connect_failed);
    CHECK(dialed.result.error.detail == "refused.example: no route in the mesh");

    dialer.dial(key, dialed);
    CHECK(dialer.cancel(dialed) == dial_phase::connect);
    context.restart();
    context.poll();
    CHECK(dialed.count == 2);
}

TEST_CASE("a failed dial says its phase and why")
{
    asio::io_context context;
    const certificate_authority authority;
    dial dialed;
    endpoint_key key;

    SECTION("resolving")
    {
        auto names = std::make_unique<scripted_resolver>(context.get_executor());
        names->error = {errc::resolve_failed, "a.example: no address"};
        auto& asked = names->asked;
        const auto dialer = connector_of(context, nullptr, std::move(names));
        key.host = "a.example";
        dialer->dial(key, dialed);
        CHECK(asked == "a.example");
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.phase == dial_phase::resolve);
        CHECK(dialed.result.error.code == errc::resolve_failed);
        CHECK(dialed.result.error.detail == "a.example: no address");
    }
    SECTION("connecting")
    {
        const auto dialer = connector_of(context);
        key.host = "127.0.0.1";
        key.port = closed_port(context).port();
        dialer->dial(key, dialed);
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.phase == dial_phase::connect);
        CHECK(dialed.result.error.code == errc::connect_failed);
        CHECK(dialed.result.error.detail ==
              "127.0.0.1:" + std::to_string(key.port) + ": Connection refused");
    }
    SECTION("connecting to a Unix socket")
    {
        const auto dialer = connector_of(context);
        key.unix_path = "/nowhere/socket";
        dialer->dial(key, dialed);
        CHECK(dialed.count == 0);
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.phase == dial_phase::connect);
        CHECK(dialed.result.error.detail == "/nowhere/socket: No such file or directory");
    }
    SECTION("in the handshake")
    {
        const certificate_authority other;
        listening server{context, with_tls(other)};
        const auto dialer = connector_of(context, trusting(authority));
        dialer->dial(server.key("127.0.0.1", true), dialed);
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.phase == dial_phase::tls);
        CHECK(dialed.result.error.code == errc::certificate_rejected);
        CHECK(contains(dialed.result.error.detail, "certificate of 127.0.0.1: "));
        run_until(context, [&] { return server.here.failed_handshakes() == 1; });
    }
    SECTION("at ALPN")
    {
        listen_options options = with_tls(authority);
        listening server{context, options};
        const auto dialer = connector_of(context, trusting(authority));
        key = server.key("127.0.0.1", true);
        key.alpn = {"h3"};
        dialer->dial(key, dialed);
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.error.code == errc::no_common_protocol);
    }
    CHECK_FALSE(dialed.result.stream);
}

TEST_CASE("a dial is cancelled in each phase without a word, and says how far it came")
{
    asio::io_context context;
    auto names = std::make_unique<scripted_resolver>(context.get_executor());
    scripted_resolver& script = *names;
    const certificate_authority authority;
    const auto dialer = connector_of(context, trusting(authority), std::move(names));
    dial dialed;
    endpoint_key key;
    key.host = "a.example";
    key.tls = true;

    SECTION("resolve")
    {
        script.answers = false;
        dialer->dial(key, dialed);
        context.poll();
        CHECK(script.waits());
        CHECK(dialer->cancel(dialed) == dial_phase::resolve);
        CHECK_FALSE(script.waits());
    }
    SECTION("connect")
    {
        const silent_port silent{context};
        script.endpoints = {silent.endpoint()};
        dialer->dial(key, dialed);
        context.poll();
        CHECK(dialer->cancel(dialed) == dial_phase::connect);
        context.restart();
        context.run();
    }
    SECTION("tls")
    {
        listening server{context}; // accepts, and says nothing
        script.endpoints = {{asio::ip::address_v4::loopback(), server.here.port()}};
        dialer->dial(key, dialed);
        run_until(context, [&] { return !server.accepted.empty(); });
        // The ClientHello is proof that the handshake has begun.
        std::array<char, 2048> buffer{};
        result hello;
        server.accepted.front()->read_some(buffer, hello);
        run_until(context, [&] { return hello.done(); });
        CHECK(hello.bytes > 0);
        CHECK(dialer->cancel(dialed) == dial_phase::tls);
    }
    context.restart();
    context.poll();
    CHECK(dialed.count == 0);
}

TEST_CASE("a connector destroyed while dialing completes nothing")
{
    asio::io_context context;
    dial dialed;
    {
        listening server{context};
        const auto dialer = connector_of(context);
        dialer->dial(server.key(), dialed);
    }
    context.poll();
    CHECK(dialed.count == 0);
}

TEST_CASE("a refused address is followed by the next, and a silent one overtaken by it")
{
    asio::io_context context;
    listening server{context};
    const tcp::endpoint good{asio::ip::address_v4::loopback(), server.here.port()};
    const silent_port silent{context};
    struct race final : race_completion {
        void connected(net_error failed, tcp::socket socket) override
        {
            ++count;
            error = std::move(failed);
            if (!error)
                to = socket.remote_endpoint();
        }
        int count = 0;
        net_error error;
        tcp::endpoint to;
    } done;

    SECTION("refused")
    {
        const connect_race race{context.get_executor(), {closed_port(context), good}, 1h, done};
        run_until(context, [&] { return done.count == 1; });
    }
    SECTION("silent")
    {
        const connect_race race{context.get_executor(), {silent.endpoint(), good}, 1ms, done};
        run_until(context, [&] { return done.count == 1; });
    }
    CHECK(done.to == good);
}

TEST_CASE("a stopped listener accepts nobody and leaves its loop idle")
{
    asio::io_context context;
    const certificate_authority authority;
    listening server{context, with_tls(authority)};
    tcp::socket client{context};
    client.connect({asio::ip::address_v4::loopback(), server.here.port()});
    context.poll(); // its handshake is under way
    server.here.stop();
    context.restart();
    context.run();
    CHECK(server.accepted.empty());
}

TEST_CASE("a client that never speaks TLS is dropped at the handshake's deadline")
{
    asio::io_context context;
    const certificate_authority authority;
    listen_options options = with_tls(authority);
    options.handshake_timeout = 1ms;
    options.max_handshakes = 1;
    listening server{context, options};
    std::vector<tcp::socket> clients;
    for (int i = 0; i < 3; ++i)
        clients.emplace_back(context).connect(
            {asio::ip::address_v4::loopback(), server.here.port()});
    run_until(context, [&] { return server.here.failed_handshakes() == 3; });
}

TEST_CASE("a listener that runs out of descriptors goes on when there are some again")
{
    asio::io_context context;
    listening server{context};
    tcp::socket client{context};
    client.open(tcp::v4());

    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    ::close(next);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &none);
    client.connect({asio::ip::address_v4::loopback(), server.here.port()});
    context.poll();
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(server.accepted.empty());
    run_until(context, [&] { return server.accepted.size() == 1; });
}

TEST_CASE("an address that cannot be listened on is named")
{
    asio::io_context context;
    const listening first{context};
    listen_options taken;
    taken.port = first.here.port();
    net_error error;
    const listener second{context.get_executor(), taken, nullptr, error};
    CHECK(error.code == asio::error::address_in_use);
    CHECK(
        contains(error.detail, "cannot listen on 127.0.0.1:" + std::to_string(taken.port) + ": "));
}
