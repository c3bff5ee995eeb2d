#include "net/pipe_transport.hpp"
#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_session_cache.hpp"
#include "net/tls_transport.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "unit/net/results.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <ctime>
#include <string>
#include <vector>

using namespace aloft;
using namespace aloft::net;
using namespace aloft::test;

namespace {

const certificate_authority& authority()
{
    static const certificate_authority made;
    return made;
}

std::shared_ptr<tls_context> client_context(const tls_options& options)
{
    net_error error;
    auto made = tls_context::client(options, error);
    INFO(error.detail);
    REQUIRE(made);
    return made;
}

std::shared_ptr<tls_context> trusting_client()
{
    return client_context(tls_options().ca_pem(authority().pem()));
}

std::shared_ptr<tls_context> server_context(const tls_server_options& options)
{
    net_error error;
    auto made = tls_context::server(options, error);
    INFO(error.detail);
    REQUIRE(made);
    return made;
}

std::shared_ptr<tls_context> server_context(const certificate& shown)
{
    return server_context(tls_server_options().certificate_pem(shown.pem, shown.key_pem));
}

std::shared_ptr<tls_context> good_server()
{
    return server_context(authority().issue());
}

/// A client and a server engine whose ciphertext is carried by hand, `split` bytes at a time.
class engines {
public:
    engines(std::shared_ptr<tls_context> client_side, std::shared_ptr<tls_context> server_side,
            std::vector<std::string> alpn = {"h2", "http/1.1"},
            const std::string& host = "localhost") :
        client{tls_engine::client(std::move(client_side), host, alpn)},
        server{tls_engine::server(std::move(server_side), "a client")}
    {
    }

    /// Ends when both are done, or one has failed and the other heard of it.
    void shake_hands()
    {
        client_status = client->handshake();
        for (int turns = 0; turns < 20; ++turns) {
            server_status = carry(*client, *server, server_status);
            client_status = carry(*server, *client, client_status);
        }
    }

    tls_engine::status carry(tls_engine& from, tls_engine& to, tls_engine::status before) const
    {
        if (before !=
            tls_engine::status::want_input) // the output may be tickets, which are for read()
            return before;
        const std::string bytes = std::exchange(from.output(), {});
        for (std::size_t at = 0; at < bytes.size(); at += split) {
            if (before != tls_engine::status::want_input)
                return before;
            to.feed(std::span{bytes}.subspan(at, std::min(split, bytes.size() - at)));
            before = to.handshake();
            to.keep_input();
        }
        return before;
    }

    std::size_t split = SIZE_MAX / 2;
    std::unique_ptr<tls_engine> client;
    std::unique_ptr<tls_engine> server;
    tls_engine::status client_status = tls_engine::status::want_input;
    tls_engine::status server_status = tls_engine::status::want_input;
};

/// Why a client refuses a server that shows this certificate.
net_error refusal(const certificate& shown, const std::string& host = "localhost",
                  const tls_options& options = tls_options().ca_pem(authority().pem()))
{
    engines pair{client_context(options), server_context(shown), {"h2"}, host};
    pair.shake_hands();
    CHECK(pair.client_status == tls_engine::status::failed);
    CHECK(pair.server_status != tls_engine::status::done);
    return pair.client->error();
}

/// Everything the engine has to read now.
std::string read_all(tls_engine& engine, tls_engine::status& last)
{
    std::string text;
    std::array<char, 4096> buffer{};
    do {
        std::size_t bytes = 0;
        last = engine.read(buffer, bytes);
        text.append(buffer.data(), bytes);
    } while (last == tls_engine::status::done);
    return text;
}

std::size_t count_records(std::string_view ciphertext)
{
    std::size_t count = 0;
    while (!ciphertext.empty()) {
        const std::size_t size = (static_cast<unsigned char>(ciphertext[3]) << 8u) |
                                 static_cast<unsigned char>(ciphertext[4]);
        ciphertext.remove_prefix(5 + size);
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("a TLS handshake and an exchange work however the bytes are split")
{
    const auto split = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{1000}, SIZE_MAX / 2);
    engines pair{trusting_client(), good_server()};
    pair.split = split;
    pair.shake_hands();
    REQUIRE(pair.client_status == tls_engine::status::done);
    REQUIRE(pair.server_status == tls_engine::status::done);

    std::size_t taken = 0;
    CHECK(pair.server->write(std::string_view{"hello"}, taken) == tls_engine::status::done);
    CHECK(pair.server->write(std::string_view{", world"}, taken) == tls_engine::status::done);
    const std::string sent = std::exchange(pair.server->output(), {});
    std::string text;
    tls_engine::status last{};
    for (std::size_t at = 0; at < sent.size(); at += split) {
        pair.client->feed(std::span{sent}.subspan(at, std::min(split, sent.size() - at)));
        text += read_all(*pair.client, last);
        CHECK(last == tls_engine::status::want_input);
        CHECK_FALSE(pair.client->has_input());
    }
    CHECK(text == "hello, world");
}

TEST_CASE("large plaintext is packed into full records")
{
    engines pair{trusting_client(), good_server()};
    pair.shake_hands();
    pair.client->output().clear();

    const std::string large(1'000'000, 'x');
    std::size_t written = 0;
    std::size_t records = 0;
    std::string received;
    while (written < large.size()) {
        std::size_t taken = 0;
        REQUIRE(pair.client->write(std::span{large}.subspan(written), taken) ==
                tls_engine::status::done);
        CHECK(taken <= tls_engine::write_limit);
        written += taken;
        const std::string sent = std::exchange(pair.client->output(), {});
        records += count_records(sent);
        pair.server->feed(sent);
        tls_engine::status last{};
        received += read_all(*pair.server, last);
        CHECK(last == tls_engine::status::want_input);
    }
    CHECK(received == large);
    CHECK(records == (large.size() + 16383) / 16384);
}

TEST_CASE("ciphertext that was lent and not used is kept")
{
    engines pair{trusting_client(), good_server()};
    pair.shake_hands();
    std::size_t taken = 0;
    pair.server->write(std::string_view{"first"}, taken);
    pair.server->write(std::string_view{"second"}, taken);
    std::string sent = std::exchange(pair.server->output(), {});

    std::array<char, 5> five{};
    std::size_t bytes = 0;
    pair.client->feed(sent);
    CHECK(pair.client->read(five, bytes) == tls_engine::status::done);
    pair.client->keep_input();
    sent.assign(sent.size(), '?');
    tls_engine::status last{};
    CHECK(pair.client->has_input());
    CHECK(read_all(*pair.client, last) == "second");
}

TEST_CASE("close_notify is an orderly end, and an end without it a truncation")
{
    engines pair{trusting_client(), good_server()};
    pair.shake_hands();
    SECTION("with close_notify")
    {
        pair.server->shutdown();
        const std::string sent = std::exchange(pair.server->output(), {});
        pair.client->feed(sent);
        pair.client->end_input();
        tls_engine::status last{};
        read_all(*pair.client, last);
        CHECK(last == tls_engine::status::closed);
    }
    SECTION("without")
    {
        const std::string sent = std::exchange(pair.server->output(), {});
        pair.client->feed(sent);
        pair.client->end_input();
        tls_engine::status last{};
        read_all(*pair.client, last);
        CHECK(last == tls_engine::status::truncated);
    }
}

TEST_CASE("a record that was tampered with breaks the protocol")
{
    engines pair{trusting_client(), good_server()};
    pair.shake_hands();
    pair.server->output().clear();
    std::size_t taken = 0;
    pair.client->output().clear();
    pair.client->write(std::string_view{"hello"}, taken);
    std::string sent = std::exchange(pair.client->output(), {});
    sent.back() ^= 1;
    pair.server->feed(sent);
    tls_engine::status last{};
    read_all(*pair.server, last);
    CHECK(last == tls_engine::status::failed);
    CHECK(pair.server->error().code == errc::protocol_error);
}

TEST_CASE("a certificate is refused with the reason and the host's name")
{
    SECTION("self-signed")
    {
        const net_error error = refusal(self_signed(), "127.0.0.1");
        CHECK(error.code == errc::certificate_rejected);
        CHECK(error.detail == "certificate of 127.0.0.1: self-signed certificate");
    }
    SECTION("of an unknown issuer")
    {
        const certificate_authority other{"Other Authority"};
        const net_error error = refusal(other.issue());
        CHECK(error.code == errc::certificate_rejected);
        CHECK(error.detail == "certificate of localhost: unknown issuer \"Other Authority\"");
    }
    SECTION("by the system's trust store")
    {
        const net_error error = refusal(authority().issue(), "localhost", tls_options());
        CHECK(error.detail == "certificate of localhost: unknown issuer \"Test Authority\"");
    }
    SECTION("expired")
    {
        certificate_terms terms;
        terms.valid_from_days = -20;
        terms.valid_to_days = -10;
        const net_error error = refusal(authority().issue(terms));
        CHECK(error.code == errc::certificate_rejected);
        CHECK(contains(error.detail, "certificate of localhost: expired on 20"));
    }
    SECTION("not yet valid")
    {
        certificate_terms terms;
        terms.valid_from_days = 10;
        CHECK(contains(refusal(authority().issue(terms)).detail, "not valid before 20"));
    }
    SECTION("for another name")
    {
        certificate_terms terms;
        terms.names = {"a.example", "b.example"};
        const net_error error = refusal(authority().issue(terms), "c.example");
        CHECK(error.code == errc::certificate_rejected);
        CHECK(error.detail == "certificate of c.example: it is for a.example, b.example, "
                              "127.0.0.1, ::1 and not for c.example");
    }
    SECTION("for another address")
    {
        CHECK(contains(refusal(authority().issue(), "127.0.0.2").detail, "not for 127.0.0.2"));
    }
}

TEST_CASE("an insecure client accepts any certificate, and server_name replaces the host's")
{
    engines insecure{client_context(tls_options().insecure(true)), server_context(self_signed())};
    insecure.shake_hands();
    CHECK(insecure.client_status == tls_engine::status::done);

    engines renamed{
        client_context(tls_options().ca_pem(authority().pem()).server_name("localhost")),
        good_server(),
        {"h2"},
        "10.0.0.1"};
    renamed.shake_hands();
    CHECK(renamed.client_status == tls_engine::status::done);
}

TEST_CASE("a client shows its certificate where the server demands one")
{
    const certificate mine = authority().issue();
    const certificate shown = authority().issue();
    auto demanding = [&] {
        return server_context(tls_server_options()
                                  .certificate_pem(shown.pem, shown.key_pem)
                                  .client_ca_pem(authority().pem()));
    };
    engines with{
        client_context(
            tls_options().ca_pem(authority().pem()).certificate_pem(mine.pem, mine.key_pem)),
        demanding()};
    with.shake_hands();
    CHECK(with.server_status == tls_engine::status::done);

    // Under TLS 1.3 the client is done before the server refuses it: the first read tells.
    engines without{trusting_client(), demanding()};
    without.shake_hands();
    CHECK(without.server_status == tls_engine::status::failed);
    CHECK(without.client_status == tls_engine::status::done);
}

TEST_CASE("a protocol that is too old is named as the cause")
{
    const certificate shown = authority().issue();
    auto server = [&](tls_version least) {
        return server_context(
            tls_server_options().certificate_pem(shown.pem, shown.key_pem).minimum_version(least));
    };
    engines both{
        client_context(tls_options().ca_pem(authority().pem()).minimum_version(tls_version::tls13)),
        server(tls_version::tls13)};
    both.shake_hands();
    CHECK(both.client_status == tls_engine::status::done);

    // A ClientHello of TLS 1.0 and nothing newer, answered by an alert.
    engines old{trusting_client(), server(tls_version::tls13)};
    static constexpr char hello[] = "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01"
                                    "01234567890123456789012345678901"
                                    "\x00\x00\x02\x00\x2f\x01\x00";
    old.server->feed(std::span{hello, sizeof hello - 1});
    CHECK(old.server->handshake() == tls_engine::status::failed);
    CHECK(contains(old.server->error().detail, "protocol is too old; this side speaks TLS 1.3"));
    old.client->handshake();
    const std::string alert = old.server->output();
    old.client->feed(alert);
    CHECK(old.client->handshake() == tls_engine::status::failed);
    CHECK(old.client->error().detail ==
          "TLS with localhost: the peer's protocol is too old; this side speaks TLS 1.2 and newer");
}

TEST_CASE("a peer that does not speak TLS is said not to")
{
    engines pair{trusting_client(), good_server()};
    pair.client->handshake();
    pair.client->feed(std::string_view{"HTTP/1.1 400 Bad Request\r\n\r\n"});
    CHECK(pair.client->handshake() == tls_engine::status::failed);
    CHECK(pair.client->error().code == errc::tls_failed);
    CHECK(pair.client->error().detail == "TLS with localhost: the peer does not speak TLS");
}

TEST_CASE("a peer that hangs up during the handshake is said to")
{
    engines pair{trusting_client(), good_server()};
    pair.client->handshake();
    pair.client->end_input();
    CHECK(pair.client->handshake() == tls_engine::status::failed);
    CHECK(contains(pair.client->error().detail, "closed the connection during the handshake"));
}

TEST_CASE("ALPN takes the server's first choice among the client's offers")
{
    const certificate shown = authority().issue();
    auto agreed = [&](std::vector<std::string> offered, std::vector<std::string> wanted) {
        engines pair{trusting_client(),
                     server_context(tls_server_options()
                                        .certificate_pem(shown.pem, shown.key_pem)
                                        .alpn(std::move(wanted))),
                     std::move(offered)};
        pair.shake_hands();
        CHECK(pair.client->alpn() == pair.server->alpn());
        return pair.client->error() ? pair.client->error().code.message()
                                    : std::string{pair.client->alpn()};
    };
    CHECK(agreed({"h2", "http/1.1"}, {"h2", "http/1.1"}) == "h2");
    CHECK(agreed({"http/1.1", "h2"}, {"h2", "http/1.1"}) == "h2");
    CHECK(agreed({"h2", "http/1.1"}, {"http/1.1"}) == "http/1.1");
    CHECK(agreed({}, {"h2"}).empty());
    CHECK(agreed({"h2"}, {"http/1.1"}) == make_error_code(errc::no_common_protocol).message());
}

TEST_CASE("a captured session is resumed")
{
    const auto server = good_server();
    const auto client = trusting_client();
    tls_session session;
    engines first{client, server};
    first.client->on_session([&](tls_session captured) { session = std::move(captured); });
    first.shake_hands();
    const std::string tickets = std::exchange(first.server->output(), {});
    first.client->feed(tickets);
    tls_engine::status last{};
    read_all(*first.client, last);
    REQUIRE(session);

    engines second{client, server};
    second.client->resume(session);
    second.shake_hands();
    CHECK(second.client_status == tls_engine::status::done);
    CHECK(second.client->resumed());
}

namespace {

/// The sessions that a server's tickets give a client.
std::vector<tls_session> sessions_of_tickets()
{
    const certificate shown = authority().issue();
    engines pair{trusting_client(), server_context(shown)};
    std::vector<tls_session> captured;
    pair.client->on_session([&](tls_session one) { captured.push_back(std::move(one)); });
    pair.shake_hands();
    const std::string tickets = std::exchange(pair.server->output(), {});
    pair.client->feed(tickets);
    tls_engine::status last{};
    read_all(*pair.client, last);
    return captured;
}

} // namespace

TEST_CASE("a session is handed out once, newest first, while it holds")
{
    const auto sessions = sessions_of_tickets();
    REQUIRE(sessions.size() == 2);
    const std::time_t now = std::time(nullptr);
    tls_session_cache cache;
    cache.put("a:443", sessions[0]);
    cache.put("a:443", sessions[1]);
    CHECK(cache.take("b:443", now) == nullptr);
    CHECK(cache.take("a:443", now) == sessions[1]);
    CHECK(cache.take("a:443", now) == sessions[0]);
    CHECK(cache.take("a:443", now) == nullptr);
    CHECK(cache.peers() == 0);
    cache.put("a:443", sessions[0]);
    CHECK(cache.take("a:443", now + 30 * 86'400) == nullptr);
}

TEST_CASE("the session cache holds no more peers, and no more of each, than its limits")
{
    const auto sessions = sessions_of_tickets();
    const std::time_t now = std::time(nullptr);
    tls_session_cache cache;
    for (std::size_t i = 0; i <= tls_session_cache::max_peers; ++i)
        for (std::size_t n = 0; n <= tls_session_cache::max_sessions; ++n)
            cache.put("host" + std::to_string(i), sessions[0]);
    CHECK(cache.peers() == tls_session_cache::max_peers);
    CHECK(cache.take("host0", now) == nullptr);
    for (std::size_t n = 0; n < tls_session_cache::max_sessions; ++n)
        CHECK(cache.take("host1", now) != nullptr);
    CHECK(cache.take("host1", now) == nullptr);
}

TEST_CASE("a server whose key is none of the pinned ones is refused, a resumed session too")
{
    const certificate shown = authority().issue();
    const auto server = server_context(shown);
    const auto pinning = [](const std::string& pin) {
        return client_context(tls_options().ca_pem(authority().pem()).pin(pin));
    };
    const std::string wrong = "sha256//" + std::string(43, 'A') + "=";
    engines refused{pinning(wrong), server};
    bool captured = false;
    refused.client->on_session([&](const tls_session&) { captured = true; });
    refused.shake_hands();
    CHECK(refused.client_status == tls_engine::status::failed);
    CHECK_FALSE(captured);
    const net_error& error = refused.client->error();
    CHECK(error.code == errc::pin_mismatch);
    REQUIRE(contains(error.detail, "the key of localhost is sha256//"));
    const std::string right = error.detail.substr(error.detail.find("sha256//"));

    engines accepted{pinning(wrong + ";" + right), server};
    accepted.shake_hands();
    CHECK(accepted.client_status == tls_engine::status::done);
}

TEST_CASE("options that cannot be used are named")
{
    net_error error;
    CHECK_FALSE(tls_context::client(tls_options().ca_file("/nowhere/ca.pem"), error));
    CHECK(error.code == errc::tls_failed);
    CHECK(contains(error.detail, "cannot read the authorities in /nowhere/ca.pem"));
    CHECK_FALSE(tls_context::client(tls_options().ca_pem("nonsense"), error));
    CHECK(contains(error.detail, "no authority's certificate in the given PEM text"));
    for (const auto* pin : {"sha1//x", "sha256//short", "key.pem"}) {
        CHECK_FALSE(tls_context::client(tls_options().pin(pin), error));
        CHECK(contains(error.detail, "is no pin"));
    }
    CHECK_FALSE(tls_context::server(tls_server_options(), error));
    CHECK(contains(error.detail, "needs a certificate"));

    const certificate one = self_signed();
    const certificate other = self_signed();
    CHECK_FALSE(
        tls_context::server(tls_server_options().certificate_pem(one.pem, other.key_pem), error));
    CHECK(contains(error.detail, "cannot use the given private key"));
}

namespace {

/// Two TLS transports over a pipe.
class tls_pair {
public:
    explicit tls_pair(pipe_transport::options settings = {})
    {
        auto [one, other] = pipe_transport::make(context.get_executor(), std::move(settings));
        near = one.get();
        far = other.get();
        client = std::make_unique<tls_transport>(
            std::move(one), tls_engine::client(trusting_client(), "localhost", {"h2"}));
        server = std::make_unique<tls_transport>(std::move(other),
                                                 tls_engine::server(good_server(), "a client"));
    }

    void shake_hands()
    {
        client->handshake(client_shaken);
        server->handshake(server_shaken);
        poll();
    }

    void poll()
    {
        context.restart();
        context.poll();
    }

    asio::io_context context;
    pipe_transport* near = nullptr;
    pipe_transport* far = nullptr;
    result client_shaken;
    result server_shaken;
    std::unique_ptr<tls_transport> client;
    std::unique_ptr<tls_transport> server;
};

pipe_transport::options holding(std::size_t bytes)
{
    pipe_transport::options settings;
    settings.capacity = bytes;
    return settings;
}

} // namespace

TEST_CASE("a TLS transport carries bytes through any lower buffer")
{
    tls_pair pair{holding(GENERATE(std::size_t{7}, std::size_t{20'000}, std::size_t{1'000'000}))};
    pair.shake_hands();
    REQUIRE(pair.client_shaken.done());
    REQUIRE_FALSE(pair.client_shaken.ec);
    REQUIRE_FALSE(pair.server_shaken.ec);
    CHECK(pair.client->alpn() == "h2");

    const std::string sent(300'000, 'x');
    result written;
    pair.client->write(sent, written);
    std::string received;
    std::array<char, 30'000> buffer{};
    while (received.size() < sent.size()) {
        result read;
        pair.server->read_some(buffer, read);
        CHECK_FALSE(read.done());
        pair.poll();
        REQUIRE(read.done());
        REQUIRE_FALSE(read.ec);
        received.append(buffer.data(), read.bytes);
    }
    pair.poll();
    CHECK(received == sent);
    CHECK(written.bytes == sent.size());
    CHECK(pair.client->unsent() == 0);

    pair.client->shutdown_write();
    result end;
    pair.server->read_some(buffer, end);
    pair.poll();
    CHECK(end.ec == asio::error::eof);
    CHECK(pair.near->write_ended());
}

TEST_CASE("a TLS transport tells a truncation from an end")
{
    tls_pair pair;
    pair.shake_hands();
    std::array<char, 100> buffer{};
    result read;
    pair.client->read_some(buffer, read);
    pair.far->shutdown_write();
    pair.poll();
    CHECK(read.ec == errc::tls_truncated);

    error_code ec;
    CHECK(pair.client->try_read(buffer, ec) == 0);
    CHECK(ec == errc::tls_truncated);
}

TEST_CASE("closing a TLS transport says close_notify, and aborts what is outstanding")
{
    tls_pair pair;
    pair.shake_hands();
    std::array<char, 100> buffer{};
    result aborted;
    result end;
    pair.client->read_some(buffer, aborted);
    pair.server->read_some(buffer, end);
    pair.client->close();
    pair.poll();
    CHECK(aborted.ec == asio::error::operation_aborted);
    CHECK(end.ec == asio::error::eof);
}

TEST_CASE("a handshake fails with the lower transport, wherever that fails, and never hangs")
{
    std::uint64_t step = 0;
    for (bool failed = true; failed; ++step) {
        REQUIRE(step < 100);
        tls_pair pair{holding(500)};
        pair.near->fail_at(step, asio::error::connection_reset);
        pair.shake_hands();
        REQUIRE(pair.client_shaken.count == 1);
        failed = static_cast<bool>(pair.client_shaken.ec);
        if (!failed)
            CHECK(pair.near->operations() <= step);
    }
    CHECK(step > 3);
}

TEST_CASE("a client without the certificate a server demands is told so on its first read")
{
    asio::io_context context;
    auto [one, other] = pipe_transport::make(context.get_executor());
    const certificate shown = authority().issue();
    tls_transport client{std::move(one), tls_engine::client(trusting_client(), "localhost", {})};
    tls_transport server{
        std::move(other),
        tls_engine::server(server_context(tls_server_options()
                                              .certificate_pem(shown.pem, shown.key_pem)
                                              .client_ca_pem(authority().pem())),
                           "a client")};
    result client_shaken;
    result server_shaken;
    client.handshake(client_shaken);
    server.handshake(server_shaken);
    context.poll();
    CHECK_FALSE(client_shaken.ec);
    CHECK(server_shaken.ec == errc::tls_failed);

    std::array<char, 100> buffer{};
    result read;
    client.read_some(buffer, read);
    context.restart();
    context.poll();
    CHECK(read.ec == errc::tls_failed);
    CHECK(contains(client.error_detail(), "certificate required"));
}
