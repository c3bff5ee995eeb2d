// The ways through proxies: what is said to them, which are chosen, and a connector that uses them.

#include "net/bypass_list.hpp"
#include "net/fixed_resolver.hpp"
#include "net/http_connect.hpp"
#include "net/listener.hpp"
#include "net/pipe_transport.hpp"
#include "net/proxy_rules.hpp"
#include "net/proxy_tunnel.hpp"
#include "net/socket_connector.hpp"
#include "net/socks5_handshake.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "unit/net/listening.hpp"
#include "unit/net/results.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdlib>
#include <map>
#include <string>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;

namespace {

/// Gives a handshake `said`, as much as it wants at a time; how far it read.
proxy_handshake::status feed(proxy_handshake& handshake, std::string_view said,
                             std::size_t* used = nullptr)
{
    auto now = proxy_handshake::status::more;
    std::size_t at = 0;
    while (now == proxy_handshake::status::more && at < said.size()) {
        REQUIRE(handshake.wanted() > 0);
        const auto some = said.substr(at, handshake.wanted());
        at += some.size();
        now = handshake.take(some);
    }
    if (used != nullptr)
        *used = at;
    return now;
}

std::string refusal(std::string_view said, const std::string& user = "")
{
    http_connect handshake{"a.example", 443, user, "secret"};
    CHECK(feed(handshake, said) == proxy_handshake::status::failed);
    return handshake.problem();
}

std::string bytes(std::initializer_list<int> values)
{
    std::string made;
    for (const int value : values)
        made.push_back(static_cast<char>(value));
    return made;
}

std::string parsed(std::string_view text)
{
    net_error error;
    const auto made = parse_proxy(text, error);
    return made ? made->name() + " " + made->user + " " + made->password : error.detail;
}

/// Variables of the environment, for one test.
class environment {
public:
    explicit environment(const std::map<std::string, std::string>& values)
    {
        for (const auto* name :
             {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
              "no_proxy", "NO_PROXY", "REQUEST_METHOD"}) {
            const char* before = std::getenv(name);
            if (before != nullptr)
                before_[name] = before;
            ::unsetenv(name);
            if (const auto at = values.find(name); at != values.end())
                ::setenv(name, at->second.c_str(), 1);
            names_.emplace_back(name);
        }
    }
    ~environment()
    {
        for (const auto& name : names_)
            if (const auto at = before_.find(name); at != before_.end())
                ::setenv(name.c_str(), at->second.c_str(), 1);
            else
                ::unsetenv(name.c_str());
    }

private:
    std::vector<std::string> names_;
    std::map<std::string, std::string> before_;
};

} // namespace

TEST_CASE("CONNECT names the server, and the user where there is one")
{
    http_connect plain{"a.example", 443, "", ""};
    CHECK(plain.output() == "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
    http_connect v6{"2001:db8::1", 80, "", ""};
    CHECK(contains(v6.output(), "CONNECT [2001:db8::1]:80 HTTP/1.1\r\n"));
    http_connect signed_in{"a", 1, "Aladdin", "open sesame"};
    CHECK(contains(signed_in.output(),
                   "\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
}

TEST_CASE("a reply to CONNECT is read to its last byte and no further")
{
    const std::string reply =
        GENERATE("HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200\r\nVia: x\r\n\r\n",
                 "HTTP/1.1 200 OK\n\n", "HTTP/1.1 204 \r\nContent-Length: 7\r\n\r\n",
                 "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    http_connect handshake{"a.example", 443, "", ""};
    std::size_t used = 0;
    CHECK(feed(handshake, reply + "the server's", &used) == proxy_handshake::status::done);
    CHECK(used == reply.size());
}

TEST_CASE("a proxy that refuses to CONNECT is quoted")
{
    CHECK(refusal("HTTP/1.1 403 Not here\r\n\r\n") ==
          "it answered \"HTTP/1.1 403 Not here\" to CONNECT a.example:443");
    CHECK(refusal("HTTP/1.1 407 Sign in\r\nProxy-Authenticate: Basic\r\n\r\n") ==
          "it wants a user and a password (407)");
    CHECK(refusal("HTTP/1.1 407 Sign in\r\n\r\n", "me") ==
          "it refuses the user and the password (407)");
    CHECK(refusal("HTTP/1.1 101 Switching\r\n\r\n") ==
          "it answered \"HTTP/1.1 101 Switching\" to CONNECT a.example:443");
    CHECK(refusal("SSH-2.0-x\r\n") == "it does not speak HTTP: \"SS\"");
    CHECK(refusal("HTTP/2 200\r\n\r\n") == "it does not speak HTTP/1.1: \"HTTP/2 200\"");
    CHECK(refusal("HTTP/1.1 2000\r\n\r\n") == "it does not speak HTTP/1.1: \"HTTP/1.1 2000\"");
}

TEST_CASE("a reply to CONNECT that never ends fails at its limit")
{
    CHECK(refusal("HTTP/1.1 200 OK\r\nx: " + std::string(20'000, 'x')) ==
          "its reply is larger than 16384 bytes");
    std::string interim;
    while (interim.size() < 20'000)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(refusal(interim) == "its reply is larger than 16384 bytes");
}

TEST_CASE("SOCKS 5 connects to names and addresses, with and without a user")
{
    const auto greeting_and_request = [](const std::string& host, std::uint16_t port) {
        socks5_handshake handshake{host, port, "", ""};
        std::string sent = std::exchange(handshake.output(), {});
        CHECK(sent == bytes({5, 1, 0}));
        CHECK(feed(handshake, bytes({5, 0})) == proxy_handshake::status::more);
        sent = std::exchange(handshake.output(), {});
        std::size_t used = 0;
        CHECK(feed(handshake, bytes({5, 0, 0, 1, 127, 0, 0, 1, 4, 56}) + "x", &used) ==
              proxy_handshake::status::done);
        CHECK(used == 10);
        return sent;
    };
    CHECK(greeting_and_request("a.example", 443) ==
          bytes({5, 1, 0, 3, 9}) + "a.example" + bytes({1, 0xbb}));
    CHECK(greeting_and_request("192.0.2.1", 80) == bytes({5, 1, 0, 1, 192, 0, 2, 1, 0, 80}));
    CHECK(greeting_and_request("2001:db8::1", 80) ==
          bytes({5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80}));

    socks5_handshake with{"a", 1, "me", "secret"};
    CHECK(std::exchange(with.output(), {}) == bytes({5, 2, 0, 2}));
    CHECK(feed(with, bytes({5, 2})) == proxy_handshake::status::more);
    CHECK(std::exchange(with.output(), {}) == bytes({1, 2}) + "me" + bytes({6}) + "secret");
    CHECK(feed(with, bytes({1, 0})) == proxy_handshake::status::more);
    CHECK(std::exchange(with.output(), {}) == bytes({5, 1, 0, 3, 1}) + "a" + bytes({0, 1}));
    CHECK(feed(with, bytes({5, 0, 0, 3, 2}) + "gw" + bytes({0, 1})) ==
          proxy_handshake::status::done);
}

TEST_CASE("a SOCKS proxy that refuses says why")
{
    const auto problem = [](const std::string& said, const std::string& user = "",
                            const std::string& host = "a") {
        socks5_handshake handshake{host, 1, user, "secret"};
        CHECK(feed(handshake, said) == proxy_handshake::status::failed);
        return handshake.problem();
    };
    CHECK(problem("HT") == "it does not speak SOCKS 5");
    CHECK(problem(bytes({5, 255})) == "it wants a user and a password");
    CHECK(problem(bytes({5, 255}), "me") == "it accepts neither a user and a password nor none");
    CHECK(problem(bytes({5, 2, 1, 1}), "me") == "it refuses the user and the password");
    CHECK(problem(bytes({5, 0, 5, 5, 0, 1})) == "connection refused");
    CHECK(problem(bytes({5, 0, 5, 2, 0, 1})) == "its rules do not allow the connection");
    CHECK(problem(bytes({5, 0, 5, 0, 0, 9})) == "it does not speak SOCKS 5");
    CHECK(problem(bytes({5, 0}), "", std::string(256, 'x')) ==
          "it can be told no name of more than 255 bytes");
}

TEST_CASE("a proxy's URL is taken apart, and what cannot be used is said without its password")
{
    CHECK(parsed("http://proxy.example:3128") == "http://proxy.example:3128  ");
    CHECK(parsed("proxy.example") == "http://proxy.example:1080  ");
    CHECK(parsed("proxy.example:8080") == "http://proxy.example:8080  ");
    CHECK(parsed("socks5h://me:a%40b@[::1]:9050/") == "socks5h://[::1]:9050 me a@b");
    CHECK(parsed("socks5://10.0.0.1") == "socks5://10.0.0.1:1080  ");
    CHECK(parsed("https://me:secret@x") ==
          "a proxy is http://, socks5:// or socks5h://, not https://");
    for (const auto* text : {"http://", "http://me:secret@", "ht tp://secret", "http://a:0",
                             "http://a/secret", "http://a:70000"})
        CHECK_FALSE(contains(parsed(text), "secret"));
    CHECK(contains(parsed("http://" + std::string(300, 'u') + "@x"), "255 bytes"));
}

TEST_CASE("NO_PROXY names hosts, domains, networks and ports")
{
    const auto direct = [](std::string_view list, std::string_view host, std::uint16_t port = 443) {
        return bypass_list{list}.matches(host, port);
    };
    CHECK(direct("a.example", "a.example"));
    CHECK(direct("a.example", "A.Example."));
    CHECK(direct("a.example", "b.a.example"));
    CHECK_FALSE(direct("a.example", "ba.example"));
    CHECK(direct("x, .example", "a.example"));
    CHECK(direct("*.example", "a.example"));
    CHECK(direct("*", "anything"));
    CHECK(direct("a.example:443", "a.example"));
    CHECK_FALSE(direct("a.example:80", "a.example"));
    CHECK(direct("127.0.0.1", "127.0.0.1"));
    CHECK(direct("10.0.0.0/8", "10.1.2.3"));
    CHECK_FALSE(direct("10.0.0.0/8", "11.1.2.3"));
    CHECK_FALSE(direct("10.0.0.0/8", "10.example"));
    CHECK(direct("::1", "::1"));
    CHECK(direct("[::1]:443", "::1"));
    CHECK_FALSE(direct("[::1]:80", "::1"));
    CHECK(direct("2001:db8::/32", "2001:db8:1::1"));
    CHECK_FALSE(direct("2001:db8::/32", "2001:db9::1"));
    for (const auto* nonsense : {"", ",", ".", "10.0.0.0/33", "a:b", "/8"})
        CHECK_FALSE(direct(nonsense, "a.example"));
}

TEST_CASE("the environment's proxies are read as curl reads them, on request")
{
    const auto chosen = [](const proxy_options& options, bool tls,
                           const std::string& host = "a.example") {
        net_error error;
        const proxy_rules rules{options, error};
        CHECK_FALSE(error);
        endpoint_key key{host, 443, tls, {}, {}};
        const proxy* found = rules.choose(key);
        return found != nullptr ? found->name() : "direct";
    };
    {
        const environment set{{{"HTTPS_PROXY", "http://upper:1"},
                               {"https_proxy", "http://lower:1"},
                               {"ALL_PROXY", "socks5h://all:1"},
                               {"NO_PROXY", "b.example"}}};
        const auto options = proxy_options::from_environment();
        CHECK(chosen(options, true) == "http://lower:1");
        CHECK(chosen(options, false) == "socks5h://all:1");
        CHECK(chosen(options, true, "b.example") == "direct");
        CHECK(chosen(proxy_options(), true) == "direct");
        endpoint_key local{"a.example", 443, true, "/a/socket", {}};
        net_error error;
        CHECK(proxy_rules(options, error).choose(local) == nullptr);
    }
    {
        const environment set{{{"HTTP_PROXY", "http://upper:1"}}};
        CHECK(chosen(proxy_options::from_environment(), false) == "http://upper:1");
    }
    {
        const environment set{{{"HTTP_PROXY", "http://a-client:1"}, {"REQUEST_METHOD", "GET"}}};
        CHECK(chosen(proxy_options::from_environment(), false) == "direct");
    }
}

namespace {

/// A tunnel over a pipe to a proxy that a test plays.
class tunnel_world {
public:
    explicit tunnel_world(std::unique_ptr<proxy_handshake> handshake)
    {
        auto [near, far] = pipe_transport::make(context.get_executor());
        client_end = near.get();
        proxy = std::move(far);
        tunnel = std::make_unique<proxy_tunnel>(std::move(near), std::move(handshake));
        tunnel->open(done);
        CHECK(done.count == 0);
        poll();
    }

    void poll()
    {
        context.restart();
        context.poll();
    }

    std::string heard()
    {
        std::array<char, 4096> buffer{};
        error_code ec;
        return {buffer.data(), proxy->try_read(buffer, ec)};
    }

    void say(std::string_view text)
    {
        error_code ec;
        CHECK(proxy->try_write(text, ec) == text.size());
        poll();
    }

    asio::io_context context;
    pipe_transport* client_end = nullptr;
    std::unique_ptr<pipe_transport> proxy;
    std::unique_ptr<proxy_tunnel> tunnel;
    result done;
};

} // namespace

TEST_CASE("a tunnel yields a stream that begins with the server's first byte")
{
    tunnel_world world{std::make_unique<socks5_handshake>("a", 1, "me", "secret")};
    CHECK(world.heard() == bytes({5, 2, 0, 2}));
    world.say(bytes({5, 2}));
    CHECK(contains(world.heard(), "secret"));
    world.say(bytes({1, 0}));
    world.heard();
    world.say(bytes({5, 0, 0, 1, 0}));
    CHECK(world.done.count == 0);
    world.say(bytes({0, 0, 0, 0, 0}) + "hello");
    REQUIRE(world.done.count == 1);
    CHECK_FALSE(world.done.ec);
    const auto stream = world.tunnel->take();
    std::array<char, 16> buffer{};
    error_code ec;
    CHECK(std::string_view(buffer.data(), stream->try_read(buffer, ec)) == "hello");
}

TEST_CASE("a tunnel fails with the proxy's answer, its end, or the connection's")
{
    tunnel_world world{std::make_unique<http_connect>("a", 1, "", "")};
    SECTION("its answer")
    {
        world.say("HTTP/1.1 502 Bad gateway\r\n\r\n");
        CHECK(world.done.ec == errc::proxy_failed);
        CHECK(world.tunnel->problem() == "it answered \"HTTP/1.1 502 Bad gateway\" to CONNECT a:1");
    }
    SECTION("its end")
    {
        world.proxy->shutdown_write();
        world.poll();
        CHECK(world.tunnel->problem() == "it closed the connection");
    }
    SECTION("nothing, when it is destroyed")
    {
        world.tunnel.reset();
        world.poll();
        CHECK(world.done.count == 0);
        return;
    }
    CHECK(world.done.count == 1);
}

namespace {

std::unique_ptr<socket_connector> through(asio::io_context& context, const std::string& proxy,
                                          fixed_resolver::table table = {})
{
    net_error error;
    dial_settings settings;
    settings.names =
        std::make_unique<fixed_resolver>(context.get_executor(), std::move(table), nullptr);
    settings.proxies = proxy_rules(proxy_options().all(proxy), error);
    REQUIRE_FALSE(error);
    return std::make_unique<socket_connector>(context.get_executor(), std::move(settings));
}

std::string read_from(asio::io_context& context, transport& stream)
{
    std::array<char, 4096> buffer{};
    result read;
    stream.read_some(buffer, read);
    run_until(context, [&] { return read.done(); });
    return {buffer.data(), read.bytes};
}

} // namespace

TEST_CASE("a connector dials through a proxy, and its trouble names the proxy and no secret")
{
    asio::io_context context;
    listening proxy{context};
    const std::string at = "127.0.0.1:" + std::to_string(proxy.here.port());
    const auto dialer = through(context, "http://me:secret@" + at);
    dial dialed;
    dialer->dial({"a.example", 8000, false, {}, {}}, dialed);
    run_until(context, [&] { return !proxy.accepted.empty(); });
    CHECK(contains(read_from(context, *proxy.accepted.front()), "CONNECT a.example:8000 HTTP/1.1"));
    error_code ec;

    SECTION("it connects")
    {
        proxy.accepted.front()->try_write(std::string_view{"HTTP/1.1 200 OK\r\n\r\nhello"}, ec);
        run_until(context, [&] { return dialed.count == 1; });
        REQUIRE(dialed.result.stream);
        CHECK(dialed.result.stream->peer() == at + " (proxy)");
        CHECK(read_from(context, *dialed.result.stream) == "hello");
    }
    SECTION("it refuses")
    {
        proxy.accepted.front()->try_write(std::string_view{"HTTP/1.1 407 No\r\n\r\n"}, ec);
        run_until(context, [&] { return dialed.count == 1; });
        CHECK(dialed.result.error.code == errc::proxy_failed);
        CHECK(dialed.result.phase == dial_phase::connect);
        CHECK(dialed.result.error.detail ==
              "proxy http://" + at + ": it refuses the user and the password (407)");
    }
    SECTION("it says nothing, and the dial is cancelled")
    {
        CHECK(dialer->progress(dialed).proxy == "proxy http://" + at);
        CHECK(dialer->cancel(dialed) == dial_phase::connect);
        context.restart();
        context.poll();
        CHECK(dialed.count == 0);
    }
}

TEST_CASE("a proxy that is not there is named")
{
    asio::io_context context;
    std::uint16_t port = 0;
    {
        const listening gone{context};
        port = gone.here.port();
    }
    const auto dialer = through(context, "socks5h://127.0.0.1:" + std::to_string(port));
    dial dialed;
    dialer->dial({"a.example", 8000, false, {}, {}}, dialed);
    run_until(context, [&] { return dialed.count == 1; });
    CHECK(dialed.result.error.code == errc::proxy_failed);
    const std::string text = std::to_string(port);
    CHECK(dialed.result.error.detail ==
          "proxy socks5h://127.0.0.1:" + text + ": 127.0.0.1:" + text + ": Connection refused");
}

TEST_CASE("socks5 tells the proxy an address, and socks5h the name")
{
    asio::io_context context;
    listening proxy{context};
    const bool by_name = GENERATE(true, false);
    const auto dialer =
        through(context,
                (by_name ? "socks5h://127.0.0.1:" : "socks5://127.0.0.1:") +
                    std::to_string(proxy.here.port()),
                {{{"a.example", 8000}, {{asio::ip::make_address("192.0.2.1"), 8000}}}});
    dial dialed;
    dialer->dial({"a.example", 8000, false, {}, {}}, dialed);
    run_until(context, [&] { return !proxy.accepted.empty(); });
    CHECK(read_from(context, *proxy.accepted.front()) == bytes({5, 1, 0}));
    error_code ec;
    proxy.accepted.front()->try_write(bytes({5, 0}), ec);
    const auto asked = read_from(context, *proxy.accepted.front());
    CHECK(asked == (by_name ? bytes({5, 1, 0, 3, 9}) + "a.example" + bytes({31, 64})
                            : bytes({5, 1, 0, 1, 192, 0, 2, 1, 31, 64})));
}
