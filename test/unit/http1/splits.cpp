// What a session finds never depends on how its bytes were cut.

#include "support/catch.hpp"
#include "unit/http1/conversation.hpp"

#include <algorithm>
#include <functional>
#include <random>

using namespace aloft;
using namespace aloft::test;

namespace {

using cuts = std::vector<std::size_t>;

void in_pieces(std::string_view bytes, const cuts& at,
               const std::function<void(std::string_view)>& each)
{
    std::size_t from = 0;
    for (const auto cut : at) {
        each(bytes.substr(from, cut - from));
        from = cut;
    }
    each(bytes.substr(from));
}

session_limits small_limits()
{
    session_limits limits;
    limits.header_list = 400;
    limits.interim_responses = 2;
    return limits;
}

/// Everything a client makes of `response`, and of the end of the connection behind it.
std::string client_outcome(std::string_view method, std::string_view response, const cuts& at)
{
    client_side client(small_limits());
    auto& e = client.start(request_to(method));
    client.sent();
    in_pieces(response, at, [&](std::string_view piece) { client.receive(piece); });
    const auto state = [&client, &e] {
        return summary(e) + (client.session->finished() ? "F" : "-") +
               std::to_string(client.session->capacity());
    };
    const auto before = state();
    client.session->receive_eof();
    return before + "\n" + state();
}

/// Everything a server makes of `requests`, each answered when it has ended.
std::string server_outcome(std::string_view requests, const cuts& at)
{
    server_side server(small_limits());
    std::string all;
    const auto ok = list({{":status", "200"}});
    std::size_t answered = 0;
    const auto answer = [&] {
        all += server.sent();
        while (answered < server.exchanges.size() && server.exchanges[answered]->carrier &&
               server.exchanges[answered]->incoming_ended) {
            REQUIRE_FALSE(server.respond(*server.exchanges[answered++], ok));
            all += server.sent();
        }
    };
    in_pieces(requests, at, [&](std::string_view piece) {
        server.receive(piece);
        answer();
    });
    server.session->receive_eof();
    // Whether 100 is sent depends on whether the body was there already, as it should.
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    if (const auto found = all.find(go_on); found != all.npos)
        all.erase(found, go_on.size());
    for (const auto& e : server.exchanges)
        all.append("\n").append(summary(*e));
    return all.append(server.session->finished() ? "F" : "-");
}

cuts everywhere(std::size_t size)
{
    cuts all;
    for (std::size_t i = 1; i < size; ++i)
        all.push_back(i);
    return all;
}

template <typename Outcome>
void check_cuts(std::string_view bytes, const Outcome& outcome)
{
    CAPTURE(bytes);
    const auto whole = outcome(cuts{});
    REQUIRE(outcome(everywhere(bytes.size())) == whole);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        CAPTURE(cut);
        REQUIRE(outcome(cuts{cut}) == whole);
    }
    std::mt19937 random(static_cast<unsigned>(bytes.size()));
    for (int round = 0; round < 100; ++round) {
        cuts some;
        for (auto count = 1 + random() % 8; count != 0; --count)
            some.push_back(1 + random() % (bytes.size() - 1));
        std::ranges::sort(some);
        REQUIRE(outcome(some) == whole);
    }
}

const std::string status = "HTTP/1.1 200 OK\r\n";
const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n";

const std::vector<std::string> responses = {
    status + "content-length: 5\r\nX: y\r\n\r\nhello",
    status + "content-length: 0\r\n\r\n",
    status + "content-length: 5\r\n\r\nhel",
    status + "content-length: 6\r\nconnection: close\r\n\r\na\r\n\r\nb",
    status + "content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
    status + "x:\r\ny: \t z \t\r\n\r\nuntil\r\n\r\nclose\n",
    chunked + "5\r\nhello\r\n1;a=\"b\\\"c\";d\r\n\n\r\n0;z\r\n\r\n",
    chunked + "00a\r\n0123456789\r\n0\r\nX-A: 1\r\nx-b:\r\n\r\n",
    chunked + "3\r\nabc\r\n0\r\n\r\n0\r\n\r\n",
    chunked + "3\r\nabc",
    chunked + "3\r\nabc\r\n0\r\nx: y\r\n",
    chunked + "3\r\nabcd\r\n",
    chunked + "3 \r\nabc\r\n",
    chunked + "3\rabc\r\n",
    chunked + "3\nabc\r\n0\r\n\r\n",
    chunked + "xyz\r\n",
    chunked + "0\nx\r\n\r\n",
    chunked + "0\r\nbad field\r\n\r\n",
    chunked + "0\r\na: b\r\n c\r\n\r\n",
    chunked + "0\r\ncontent-length: 1\r\n\r\n",
    chunked + "1;" + std::string(500, 'e') + "\r\n.\r\n0\r\n\r\n",
    chunked + "0\r\nx: " + std::string(700, 't') + "\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\na: b\r\n\r\n" + status +
        "content-length: 1\r\n\r\n!",
    "HTTP/1.1 100 \r\n\r\nHTTP/1.1 100 \r\n\r\nHTTP/1.1 100 \r\n\r\n" + status + "\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\n",
    "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\n\r\nold",
    status + "bad field\r\nnext: x\r\n\r\n",
    status + "a: b\r\n c\r\nd: e\r\n\r\n",
    status + "a:\r\n b\r\nd: e\r\n\r\n",
    status + " a: b\r\n\r\n",
    status + "a: b\rc\r\n\r\n",
    status + "a: b\nc: d\n\n",
    status + "a: b\r\n\n",
    status + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    status + "content-length: 1\r\ncontent-length: 2\r\n\r\nab",
    status + "transfer-encoding: gzip\r\n\r\nab",
    status + "x: " + std::string(500, 'y') + "\r\n\r\n",
    status + "no: end\r\nat: all\r\n",
    "HTTP/1.1 200\r\n\r\n",
    "HTTP/3.1 200 OK\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2p1\r\n",
    "HTTP",
};

const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string post = "POST /b HTTP/1.1\r\nHost: x\r\n";

const std::vector<std::string> requests = {
    get + get + "\r\n" + get,
    post + "content-length: 4\r\n\r\nbody" + get,
    post + "transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nt: u\r\n\r\n" + get,
    post + "expect: 100-continue\r\ncontent-length: 4\r\n\r\nbody" + get,
    get + "HEAD /c HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" + get,
    "GET / HTTP/1.0\r\n\r\n" + get,
    get + "bad line\r\n\r\n" + get,
    get + post + "content-length: 1\r\ncontent-length: 2\r\n\r\nabc",
    post + "transfer-encoding: chunked\r\n\r\nzz\r\n",
    post + "transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n",
    "GET /\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\nHost: x\n\n",
    "GET /" + std::string(400, 'p') + " HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: x\r\na: " + std::string(700, 'v') + "\r\n\r\n",
    post + "content-length: 10\r\n\r\nshort",
    "\r\n\r\n" + get,
};

} // namespace

TEST_CASE("a client finds the same in a response however it is cut")
{
    for (const auto& response : responses) {
        check_cuts(response, [&](const cuts& at) { return client_outcome("GET", response, at); });
        check_cuts(response, [&](const cuts& at) { return client_outcome("HEAD", response, at); });
    }
}

TEST_CASE("a server finds the same in requests however they are cut")
{
    for (const auto& text : requests)
        check_cuts(text, [&](const cuts& at) { return server_outcome(text, at); });
}

TEST_CASE("random damage to a response is found alike however it is cut")
{
    std::mt19937 random(99);
    constexpr std::string_view bytes = "\r\n \t:;,0aHTP/1.\x80";
    for (int round = 0; round < 5000; ++round) {
        auto response = responses[random() % responses.size()];
        for (auto count = 1 + random() % 3; count != 0 && !response.empty(); --count) {
            const auto at = random() % response.size();
            switch (random() % 3) {
            case 0: response[at] = bytes[random() % bytes.size()]; break;
            case 1: response.erase(at, 1 + random() % 3); break;
            default: response.insert(at, 1, bytes[random() % bytes.size()]); break;
            }
        }
        // Of an oversized list that is malformed too, either may be found first.
        if (response.size() < 2 || response.size() > small_limits().header_list)
            continue;
        CAPTURE(response);
        const auto whole = client_outcome("GET", response, {});
        REQUIRE(client_outcome("GET", response, everywhere(response.size())) == whole);
        const auto cut = 1 + random() % (response.size() - 1);
        REQUIRE(client_outcome("GET", response, {cut}) == whole);
    }
}

TEST_CASE("client and server carry any bodies between them in any pieces")
{
    std::mt19937 random(5);
    const auto bytes = [&random](std::size_t most) {
        std::string made(random() % most, '\0');
        std::ranges::generate(made, [&random] { return static_cast<char>(random()); });
        return made;
    };
    client_side client;
    server_side server;
    const auto carry = [&random](const std::string& all, session& to) {
        for (std::size_t at = 0; at < all.size();) {
            const auto size = std::min<std::size_t>(1 + random() % 3000, all.size() - at);
            REQUIRE_FALSE(feed(to, {all.data() + at, size}));
            take_ready(to);
            at += size;
        }
    };
    for (int round = 0; round < 300; ++round) {
        std::string up;
        std::string down;
        const auto make = [&](std::string& all) {
            auto body = std::make_unique<pieces>();
            for (auto count = random() % 5; count != 0; --count) {
                auto piece = bytes(random() % 10 == 0 ? 50'000 : 300) + "x";
                all += piece;
                body->push(std::move(piece));
            }
            if (random() % 2 == 0)
                body->announced = all.size();
            return body;
        };
        const auto request_body = make(up);
        const auto response_body = make(down);
        auto& asked = client.start(request_to("POST"), request_body.get());
        carry(client.sent(), *server.session);
        REQUIRE(server.exchanges.size() == static_cast<std::size_t>(round) + 1);
        auto& served = *server.exchanges.back();
        REQUIRE(served.incoming_ended);
        REQUIRE(served.received.readable() == up);
        REQUIRE_FALSE(server.respond(served, list({{":status", "200"}}), response_body.get()));
        carry(server.sent(), *client.session);
        REQUIRE(asked.incoming_ended);
        REQUIRE(asked.received.readable() == down);
        REQUIRE(asked.closed);
        REQUIRE(served.closed);
        REQUIRE(client.session->capacity() == 1);
    }
}
