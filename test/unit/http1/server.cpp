#include "support/catch.hpp"
#include "unit/http1/conversation.hpp"

using namespace aloft;
using namespace aloft::test;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

fields status(std::string_view code)
{
    return list({{":status", code}});
}

/// What the server sends for `request`, answered with `head` and `body`.
std::string answer(std::string_view request, const fields& head, body_source* body = nullptr)
{
    server_side server;
    REQUIRE_FALSE(server.receive(request));
    REQUIRE(server.exchanges.size() == 1);
    REQUIRE_FALSE(server.respond(*server.exchanges[0], head, body));
    return server.sent();
}

} // namespace

TEST_CASE("a request becomes pseudo-fields and fields")
{
    server_side server;
    CHECK_FALSE(server.receive("POST /v1/x?y=z HTTP/1.1\r\nAccept: a\r\nHost: example.test:80\r\n"
                               "Content-Length: 5\r\n\r\nhello"));
    REQUIRE(server.exchanges.size() == 1);
    const auto& e = *server.exchanges[0];
    CHECK(text(e.head) == ":method=POST;:scheme=http;:authority=example.test:80;:path=/v1/x?y=z;"
                          "accept=a;content-length=5;");
    CHECK(e.received.readable() == "hello");
    CHECK(e.head_complete);
    CHECK(e.incoming_ended);
    CHECK(e.carrier == server.session.get());
}

TEST_CASE("a target in absolute form gives scheme, authority and path")
{
    server_side server;
    server.receive("GET https://real.test/p?q HTTP/1.1\r\nhost: other\r\n\r\n");
    CHECK(text(server.exchanges.at(0)->head) ==
          ":method=GET;:scheme=https;:authority=real.test;:path=/p?q;");
    server_side bare;
    bare.receive("OPTIONS http://real.test HTTP/1.1\r\nhost: other\r\n\r\n");
    CHECK(bare.exchanges.at(0)->head.get(":path") == "/");
}

TEST_CASE("the server frames a response by what is known of its body")
{
    CHECK(answer(get, status("200")) == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    pieces known({"hello"});
    known.announced = 5;
    CHECK(answer(get, status("404"), &known) ==
          "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello");
    pieces unknown({"hello", "!"});
    const auto behind = list({{"grpc-status", "0"}});
    unknown.behind = &behind;
    CHECK(answer(get, status("200"), &unknown) ==
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
          "5\r\nhello\r\n1\r\n!\r\n0\r\ngrpc-status: 0\r\n\r\n");
    CHECK(answer(get, status("204")) == "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(answer(get, status("799")) ==
          "HTTP/1.1 799 <unknown-status>\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("a response to HEAD has the length and no body")
{
    pieces known({"hello"});
    known.announced = 5;
    CHECK(answer("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n", status("200"), &known) ==
          "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
    pieces unknown({"hello"});
    CHECK(answer("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n", status("200"), &unknown) ==
          "HTTP/1.1 200 OK\r\n\r\n");
}

TEST_CASE("a client of HTTP/1.0 gets no chunks, and keep-alive only if it asked")
{
    pieces body({"hello"});
    CHECK(answer("GET / HTTP/1.0\r\n\r\n", status("200"), &body) ==
          "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
    CHECK(answer("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", status("200")) ==
          "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
}

TEST_CASE("Connection: close of either side ends the connection with the response")
{
    for (const bool by_client : {true, false}) {
        server_side server;
        server.receive(by_client ? "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n" : get);
        auto head = status("200");
        if (!by_client)
            head.add("connection", "close");
        REQUIRE_FALSE(server.respond(*server.exchanges.at(0), head));
        CHECK(server.sent().find("connection: close\r\n") != std::string::npos);
        CHECK(server.exchanges[0]->closed);
        CHECK_FALSE(server.exchanges[0]->error);
        CHECK(server.session->finished());
    }
}

TEST_CASE("a response that a client could take for two is refused")
{
    server_side server;
    server.receive(get);
    auto& e = *server.exchanges.at(0);
    auto split = status("200");
    split.add("x", "a\r\n\r\nHTTP/1.1 200 OK");
    CHECK(server.respond(e, split) == errc::invalid_request);
    CHECK(server.respond(e, status("2x0")) == errc::invalid_request);
    CHECK(server.respond(e, status("100")) == errc::invalid_request);
    CHECK(server.respond(e, fields()) == errc::invalid_request);
    CHECK_FALSE(server.respond(e, status("200")));
    CHECK(server.respond(e, status("200")) == errc::invalid_request);
    CHECK(server.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("pipelined requests are opened one by one, each after the response before it")
{
    server_side server;
    std::string three;
    for (const auto* path : {"/1", "/2", "/3"})
        three.append("POST ").append(path).append(
            " HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx");
    CHECK_FALSE(server.receive(three));
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(server.exchanges.size() == i + 1);
        CHECK(server.session->wants_read() == (i == 2));
        auto& e = *server.exchanges[i];
        CHECK(e.head.get(":path") == "/" + std::to_string(i + 1));
        CHECK(e.received.readable() == "x");
        REQUIRE_FALSE(server.respond(e, status("200")));
        CHECK(server.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        CHECK(e.closed);
    }
    CHECK(server.session->wants_read());
    CHECK_FALSE(server.session->finished());
}

TEST_CASE("a response may begin before the request has ended; the next waits for both")
{
    server_side server;
    server.receive("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab");
    auto& e = *server.exchanges.at(0);
    REQUIRE_FALSE(server.respond(e, status("200")));
    CHECK_FALSE(server.sent().empty());
    CHECK(e.outgoing_ended);
    CHECK_FALSE(e.closed);
    server.receive("cde" + std::string(get));
    CHECK(e.closed);
    CHECK(e.received.readable() == "abcde");
    CHECK(server.exchanges.size() == 2);
}

TEST_CASE("a client that waits for 100 is told to continue")
{
    server_side server;
    server.receive("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\n"
                   "content-length: 2\r\n\r\n");
    CHECK(server.session->wants_write());
    CHECK(server.sent() == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK_FALSE(server.session->wants_write());
    server.receive("ok");
    CHECK(server.exchanges.at(0)->incoming_ended);
}

TEST_CASE("a client answered instead of told to continue is not trusted with the connection")
{
    server_side server;
    server.receive("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
                   "content-length: 2\r\n\r\n");
    REQUIRE_FALSE(server.respond(*server.exchanges.at(0), status("401")));
    CHECK(server.sent() ==
          "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    CHECK(server.session->finished());
    CHECK(server.exchanges[0]->closed);
}

TEST_CASE("a refused request is answered with 503 and the connection ends")
{
    server_side server;
    server.refuse = true;
    CHECK_FALSE(server.receive(get));
    CHECK_FALSE(server.session->finished());
    CHECK(server.sent() == "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n"
                           "connection: close\r\n\r\n");
    CHECK(server.session->finished());
}

TEST_CASE("requests in which another could hide are answered with 400 and the connection ends")
{
    const std::string post = "POST / HTTP/1.1\r\nhost: a\r\n";
    const std::string chunked = post + "transfer-encoding: chunked\r\n\r\n";
    for (const auto& request : {
             post + "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
             post + "transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
             post + "content-length: 3\r\ncontent-length: 4\r\n\r\nabc",
             post + "content-length: 3, 4\r\n\r\nabc",
             post + "content-length: -3\r\n\r\nabc",
             post + "content-length: 0x3\r\n\r\nabc",
             post + "content-length: \r\n\r\nabc",
             post + "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
             post + "transfer-encoding: identity\r\n\r\n",
             post + "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
             post + "transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
             post + "transfer-encoding: \x0b"
                    "chunked\r\n\r\n0\r\n\r\n",
             std::string("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
             chunked + "g\r\n",
             chunked + "-1\r\n",
             chunked + "fffffffffffffffff\r\n",
             chunked + "1;=\r\nx\r\n",
             chunked + "1\r\nxy\r\n0\r\n\r\n",
             chunked + "1\nx\r\n0\r\n\r\n",
             post + "host: b\r\n\r\n",
             std::string("GET / HTTP/1.1\r\n\r\n"),
             std::string("GET /\r\n\r\n"),
             std::string("GET / HTTP/2.0\r\nhost: a\r\n\r\n"),
             std::string("GET  / HTTP/1.1\r\nhost: a\r\n\r\n"),
             std::string("GET nowhere HTTP/1.1\r\nhost: a\r\n\r\n"),
             std::string("CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"),
             std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
         }) {
        CAPTURE(request);
        server_side server;
        CHECK(server.receive(request) == errc::protocol_error);
        CHECK(server.session->error_detail().starts_with("malformed request: "));
        CHECK(server.sent().starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(server.session->finished());
        for (const auto& e : server.exchanges) {
            CHECK(e->error == errc::protocol_error);
            CHECK(e->carrier == nullptr);
        }
    }
}

TEST_CASE("a malformed body behind a response begun gets no second response")
{
    server_side server;
    server.receive("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    REQUIRE_FALSE(server.respond(*server.exchanges.at(0), status("200")));
    server.sent();
    CHECK(server.receive("zz\r\n") == errc::protocol_error);
    CHECK(server.sent().empty());
    CHECK(server.session->finished());
}

TEST_CASE("a malformed request behind a complete one is answered after it")
{
    server_side server;
    CHECK_FALSE(server.receive(std::string(get) + "nonsense\r\n\r\n"));
    REQUIRE_FALSE(server.respond(*server.exchanges.at(0), status("200")));
    CHECK(server.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
                           "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n"
                           "connection: close\r\n\r\n");
    CHECK(server.session->finished());
}

TEST_CASE("a header list or path beyond the limit is answered with 431")
{
    session_limits limits;
    limits.header_list = 500;
    for (const auto& request :
         {"GET / HTTP/1.1\r\nhost: a\r\nx: " + std::string(500, 'y') + "\r\n\r\n",
          "GET /" + std::string(500, 'p') + " HTTP/1.1\r\nhost: a\r\n\r\n"}) {
        server_side server(limits);
        CHECK(server.receive(request) == errc::header_list_too_large);
        CHECK(server.sent().starts_with("HTTP/1.1 431 "));
        CHECK(server.session->finished());
    }
}

TEST_CASE("a client that goes away fails its request")
{
    server_side half;
    half.receive("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab");
    half.session->receive_eof();
    CHECK(half.exchanges.at(0)->error == errc::truncated_body);

    server_side unanswered;
    unanswered.receive(get);
    unanswered.session->receive_eof();
    CHECK(unanswered.exchanges.at(0)->error == errc::connection_closed);
    CHECK(unanswered.exchanges[0]->closed);

    server_side reset;
    reset.receive(get);
    reset.session->transport_failed(errc::stream_reset);
    CHECK(reset.exchanges.at(0)->error == errc::stream_reset);
    CHECK(reset.session->finished());
}

TEST_CASE("abandoning on the server closes the connection without a word")
{
    server_side server;
    server.receive(get);
    auto& e = *server.exchanges.at(0);
    server.session->abandon(e, 2);
    CHECK(e.carrier == nullptr);
    CHECK(server.session->finished());
    CHECK(server.sent().empty());
}

TEST_CASE("a draining server ends when idle, else with the next response")
{
    server_side idle;
    idle.session->drain();
    CHECK(idle.session->finished());

    server_side busy;
    busy.receive(get);
    busy.session->drain();
    CHECK_FALSE(busy.session->finished());
    REQUIRE_FALSE(busy.respond(*busy.exchanges.at(0), status("200")));
    CHECK(busy.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    CHECK(busy.session->finished());

    server_side arriving;
    arriving.receive("GET / HT");
    arriving.session->drain();
    CHECK_FALSE(arriving.session->finished());
    arriving.receive("TP/1.1\r\nhost: a\r\n\r\n");
    CHECK(arriving.exchanges.size() == 1);
}

TEST_CASE("an unread request body stops the reading")
{
    session_limits limits;
    limits.stream_window = 100;
    server_side server(limits);
    server.receive("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n" +
                   std::string(100, 'x'));
    CHECK_FALSE(server.session->wants_read());
    auto& e = *server.exchanges.at(0);
    e.received.consume(1, server.pool);
    CHECK(server.session->wants_read());
}

TEST_CASE("a streamed response goes out piece by piece")
{
    server_side server;
    server.receive(get);
    pieces body;
    body.open = true;
    auto& e = *server.exchanges.at(0);
    REQUIRE_FALSE(server.respond(e, status("200"), &body));
    CHECK(server.sent() == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    CHECK_FALSE(server.session->wants_write());
    for (int i = 0; i < 3; ++i) {
        body.push("data: x\n\n");
        server.session->resume_body(e);
        CHECK(server.session->wants_write());
        CHECK(server.sent() == "9\r\ndata: x\n\n\r\n");
    }
    body.open = false;
    server.session->resume_body(e);
    CHECK(server.sent() == "0\r\n\r\n");
    CHECK(e.closed);
}

TEST_CASE("a server session destroyed first detaches its exchange")
{
    server_side server;
    server.receive(get);
    server.session.reset();
    CHECK(server.exchanges.at(0)->carrier == nullptr);
}
