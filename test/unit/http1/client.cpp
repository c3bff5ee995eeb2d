#include "support/catch.hpp"
#include "unit/http1/conversation.hpp"

using namespace aloft;
using namespace aloft::test;
using news = session::news;

namespace {

error_code submit_error(fields request, body_source* body = nullptr)
{
    client_side client;
    const auto ec = client.submit(std::move(request), body);
    CHECK(client.session->active() == (ec ? 0 : 1));
    return ec;
}

fields with(std::string_view name, std::string_view value)
{
    auto request = request_to("POST");
    request.add(name, value);
    return request;
}

/// The error one GET ends with when the server sends `response`, and what is said about it.
std::pair<error_code, std::string> refusal(std::string_view response)
{
    client_side client;
    auto& e = client.start(request_to("GET"));
    client.sent();
    const auto ec = client.receive(response);
    CHECK(e.error == ec);
    CHECK(e.closed == static_cast<bool>(ec));
    CHECK(client.session->finished() == static_cast<bool>(ec));
    return {ec, std::string(client.session->error_detail())};
}

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

} // namespace

TEST_CASE("a GET is written with Host first and no body fields")
{
    client_side client;
    auto request = request_to("GET", "/v1/models?x=1");
    request.add("Accept", "application/json");
    client.start(std::move(request));
    CHECK(client.session->wants_write());
    CHECK(client.sent() == "GET /v1/models?x=1 HTTP/1.1\r\nhost: example.test\r\n"
                           "accept: application/json\r\n\r\n");
    CHECK_FALSE(client.session->wants_write());
    CHECK(client.exchanges[0]->outgoing_ended);
    CHECK(client.exchanges[0]->sent == progress::sent);
}

TEST_CASE("a body of known length is sent with content-length")
{
    client_side client;
    pieces body({"hel", "lo"});
    body.announced = 5;
    auto& e = client.start(request_to("POST"), &body);
    CHECK(client.sent() ==
          "POST / HTTP/1.1\r\nhost: example.test\r\ncontent-length: 5\r\n\r\nhello");
    CHECK(e.outgoing_ended);
}

TEST_CASE("a body of unknown length is sent in chunks, with trailers")
{
    client_side client;
    pieces body({"hello world, this is", "!"});
    const auto behind = list({{"x-sum", "42"}});
    body.behind = &behind;
    client.start(request_to("POST"), &body);
    CHECK(client.sent() ==
          "POST / HTTP/1.1\r\nhost: example.test\r\ntransfer-encoding: chunked"
          "\r\n\r\n14\r\nhello world, this is\r\n1\r\n!\r\n0\r\nx-sum: 42\r\n\r\n");
}

TEST_CASE("a POST without a body says so")
{
    client_side client;
    client.start(request_to("POST"));
    CHECK(client.sent() == "POST / HTTP/1.1\r\nhost: example.test\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("a content-length given with the fields is kept and checked")
{
    pieces body({"abc"});
    client_side client;
    client.start(with("content-length", "3"), &body);
    CHECK(client.sent().find("content-length: 3\r\n\r\nabc") != std::string::npos);

    pieces other({"abc"});
    other.announced = 3;
    CHECK(submit_error(with("content-length", "4"), &other) == errc::invalid_request);
    CHECK(submit_error(with("content-length", "-3"), &other) == errc::invalid_request);
    CHECK(submit_error(with("content-length", "3x"), &other) == errc::invalid_request);
    CHECK(submit_error(with("content-length", "3")) == errc::invalid_request); // but no body
}

TEST_CASE("a body longer or shorter than announced fails the upload")
{
    for (const auto length : {2U, 4U}) {
        client_side client;
        pieces body({"abc"});
        body.announced = length;
        auto& e = client.start(request_to("POST"), &body);
        client.sent();
        CHECK(e.error == errc::upload_failed);
        CHECK(client.session->finished());
    }
}

TEST_CASE("a request that a server could take for two is refused")
{
    CHECK(submit_error(request_to("GET", "/a b")) == errc::invalid_request);
    CHECK(submit_error(request_to("GET", "/\r\nx: y")) == errc::invalid_request);
    CHECK(submit_error(request_to("GET", "")) == errc::invalid_request);
    CHECK(submit_error(request_to("G ET")) == errc::invalid_request);
    CHECK(submit_error(request_to("CONNECT")) == errc::invalid_request);
    CHECK(submit_error(with("x", "a\r\nb: c")) == errc::invalid_request);
    CHECK(submit_error(with("x", std::string_view("a\0b", 3))) == errc::invalid_request);
    CHECK(submit_error(with("x y", "z")) == errc::invalid_request);
    CHECK(submit_error(with("", "z")) == errc::invalid_request);
    CHECK(submit_error(with("transfer-encoding", "gzip, chunked")) == errc::invalid_request);
    CHECK(submit_error(with("upgrade", "h2c")) == errc::invalid_request);
    CHECK(submit_error(list({{":method", "GET"}, {":path", "/"}})) == errc::invalid_request);
    CHECK_FALSE(submit_error(list({{":method", "GET"}, {":path", "/"}, {"host", "a"}})));
}

TEST_CASE("a response fills the exchange and the connection serves the next request")
{
    client_side client;
    for (int i = 0; i < 3; ++i) {
        auto& e = client.start(request_to("GET"));
        client.sent();
        CHECK_FALSE(client.receive("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                   "Content-Length: 5\r\n\r\nhello"));
        CHECK(e.status == 200);
        CHECK(text(e.head) == "content-type=text/plain;content-length=5;");
        CHECK(e.received.readable() == "hello");
        CHECK(e.total_received == 5);
        CHECK(e.incoming_ended);
        CHECK(e.closed);
        CHECK(e.carrier == nullptr);
        CHECK_FALSE(e.error);
        CHECK(client.session->capacity() == 1);
        CHECK(client.session->active() == 0);
    }
}

TEST_CASE("a chunked response is put together and its trailers are kept")
{
    client_side client;
    auto& e = client.start(request_to("GET"));
    client.sent();
    client.receive("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                   "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n");
    CHECK(e.received.readable() == "abc0123456789");
    REQUIRE(e.trailers);
    CHECK(text(*e.trailers) == "x-sum=1;");
    CHECK(client.session->capacity() == 1);
}

TEST_CASE("responses to HEAD and of 204 and 304 have no body")
{
    client_side client;
    const std::pair<const char*, const char*> cases[] = {
        {"HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"},
        {"HEAD", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"},
        {"HEAD", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"},
        {"GET", "HTTP/1.1 204 No Content\r\n\r\n"},
        {"GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"},
    };
    for (const auto& [method, response] : cases) {
        auto& e = client.start(request_to(method));
        client.sent();
        CHECK_FALSE(client.receive(response));
        CHECK(e.incoming_ended);
        CHECK(client.session->capacity() == 1);
    }
}

TEST_CASE("a body without a length ends with the connection")
{
    client_side client;
    auto& e = client.start(request_to("GET"));
    client.sent();
    CHECK_FALSE(client.receive("HTTP/1.1 200 OK\r\n\r\nsome"));
    CHECK(client.session->capacity() == 0);
    CHECK_FALSE(client.session->finished());
    CHECK((client.session->take_news() & news::draining) != 0);
    CHECK_FALSE(client.receive(" more"));
    CHECK_FALSE(e.incoming_ended);
    client.session->receive_eof();
    CHECK(e.received.readable() == "some more");
    CHECK(e.incoming_ended);
    CHECK_FALSE(e.error);
    CHECK(client.session->finished());
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection with the response")
{
    for (const std::string_view response : {
             "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
             "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\ncontent-length: 2\r\n\r\nok",
             "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
         }) {
        client_side client;
        auto& e = client.start(request_to("GET"));
        client.sent();
        CHECK_FALSE(client.receive(response));
        CHECK(e.received.readable() == "ok");
        CHECK_FALSE(e.error);
        CHECK(client.session->finished());
        CHECK(client.session->capacity() == 0);
    }
    client_side client;
    client.start(request_to("GET"));
    client.sent();
    client.receive("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok");
    CHECK(client.session->capacity() == 1);
}

TEST_CASE("a request that says Connection: close is the last")
{
    client_side client;
    client.start(with("connection", "close"));
    CHECK(client.sent().find("connection: close\r\n") != std::string::npos);
    CHECK_FALSE(client.receive(ok));
    CHECK(client.session->finished());
}

TEST_CASE("interim responses are skipped, up to the limit")
{
    session_limits limits;
    limits.interim_responses = 2;
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    client_side client(limits);
    auto& e = client.start(request_to("GET"));
    client.sent();
    CHECK_FALSE(client.receive(interim + interim + std::string(ok)));
    CHECK(text(e.head) == "content-length=2;");

    auto& other = client.start(request_to("GET"));
    client.sent();
    CHECK(client.receive(interim + interim + interim) == errc::too_many_interim);
    CHECK(other.error == errc::too_many_interim);
    CHECK(client.session->finished());
}

TEST_CASE("a switch of protocols nobody asked for is refused")
{
    const auto [ec, detail] = refusal("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n");
    CHECK(ec == errc::protocol_error);
    CHECK(detail.find("101") != std::string::npos);
}

TEST_CASE("a server that speaks something else is quoted")
{
    CHECK(refusal("SSH-2.0-OpenSSH_9.2\r\n").second ==
          "not HTTP: \"SSH-2.0-OpenSSH_9.2\\x0d\\x0a\"");
    CHECK(refusal(std::string_view("\0\0\x12\4\0\0", 6)).second ==
          "not HTTP: \"\\x00\\x00\\x12\\x04\\x00\\x00\"");
    CHECK(refusal("<html>an old server</html> that says a lot").second ==
          "not HTTP: \"<html>an old server</html> that ...\"");
    CHECK(refusal("\r\nHTTP/1.1 200 OK\r\n\r\n").first == errc::protocol_error);
}

TEST_CASE("malformed responses are protocol errors that say what was wrong")
{
    const std::string chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    const std::string status = "HTTP/1.1 200 OK\r\n";
    const std::pair<std::string, const char*> cases[] = {
        {"HTTP/2.0 200 OK\r\n\r\n", "bad version"},
        {"HTTP/1.1 2x0 OK\r\n\r\n", "bad status"},
        {"HTTP/1.1 099 OK\r\n\r\n", "bad status"},
        {"HTTP/1.1 200 OK\nx: y\n\n", "bad reason"},
        {status + "no colon\r\n\r\n", "bad field"},
        {status + "space : x\r\n\r\n", "bad field"},
        {status + " leading: x\r\n\r\n", "bad field"},
        {status + "a: b\r\n folded\r\n\r\n", "folded"},
        {status + "a:\r\n folded\r\n\r\n", "folded"},
        {status + std::string("a: \0\r\n\r\n", 8), "bad value"},
        {status + "a: \rb\r\n\r\n", "bad line ending"},
        {status + "content-length: -1\r\n\r\n", "bad Content-Length"},
        {status + "content-length: +1\r\n\r\n", "bad Content-Length"},
        {status + "content-length: 1 2\r\n\r\n", "bad Content-Length"},
        {status + "content-length: 18446744073709551616\r\n\r\n", "bad Content-Length"},
        {status + "content-length: 1\r\ncontent-length: 2\r\n\r\n", "multiple Content-Length"},
        {status + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
         "bad Transfer-Encoding"},
        {status + "transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n", "bad Content-Length"},
        {status + "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
         "bad Transfer-Encoding"},
        {status + "transfer-encoding: gzip, chunked\r\n\r\n", "unsupported Transfer-Encoding"},
        {status + "transfer-encoding: xchunked\r\n\r\n", "unsupported Transfer-Encoding"},
        {"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "unsupported Transfer-Encoding"},
        {chunked + "xyz\r\n", "bad chunk"},
        {chunked + "-1\r\n", "bad chunk"},
        {chunked + "5;a=\"\n\"\r\nhello\r\n", "bad line ending"},
        {chunked + "0x5\r\nhello\r\n0\r\n\r\n", "bad chunk"},
        {chunked + "5 5\r\nhello\r\n", "bad chunk"},
        {chunked + "11111111111111111\r\n", "bad chunk"},
        {chunked + "3\r\nabcd\r\n0\r\n\r\n", "bad chunk"},
        {chunked + "3\nabc\r\n0\r\n\r\n", "bad chunk"},
        {chunked + "0\r\ncontent-length: 3\r\n\r\n", "bad Content-Length"},
        {chunked + "0\r\na: b\r\n folded\r\n\r\n", "folded"},
    };
    for (const auto& [response, reason] : cases) {
        CAPTURE(response);
        const auto [ec, detail] = refusal(response);
        CHECK(ec == errc::protocol_error);
        CHECK(detail.starts_with("malformed response: "));
        CAPTURE(detail);
        CHECK(detail.find(reason) != std::string::npos);
    }
}

TEST_CASE("a header list beyond the limit is refused, in one field or in many, whole or cut")
{
    session_limits limits;
    limits.header_list = 1000;
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 40; ++i)
        many += "x: y\r\n";
    const std::string trailers =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: " + std::string(1000, 'y');
    const std::string endless = "HTTP/1.1 200 OK\r\nx: " + std::string(5000, 'y');
    for (const auto& response :
         {many, endless, endless + "\r\n\r\n", trailers + "\r\n\r\n",
          trailers + std::string(5000, 'y'), "HTTP/1.1 200 " + std::string(5000, 'y')}) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{100}, response.size()}) {
            client_side client(limits);
            auto& e = client.start(request_to("GET"));
            client.sent();
            for (std::size_t at = 0; at < response.size(); at += step)
                client.receive(std::string_view(response).substr(at, step));
            CHECK(e.error == errc::header_list_too_large);
        }
    }
}

TEST_CASE("chunk extensions are bounded, in one chunk or in many")
{
    session_limits limits;
    limits.header_list = 1000;
    std::string many = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    const std::string endless = many + "1;" + std::string(5000, 'x');
    for (int i = 0; i < 300; ++i)
        many += "1;ext\r\n.\r\n";
    for (const auto& response : {many, endless, endless + "\r\n"}) {
        for (const std::size_t step : {std::size_t{1}, response.size()}) {
            client_side client(limits);
            auto& e = client.start(request_to("GET"));
            client.sent();
            for (std::size_t at = 0; at < response.size(); at += step)
                client.receive(std::string_view(response).substr(at, step));
            CHECK(e.error == errc::protocol_error);
            CHECK(client.session->error_detail() ==
                  "malformed response: too much in chunk extensions");
        }
    }
}

TEST_CASE("the end of the connection within a response is told by how far it came")
{
    const std::pair<const char*, errc> cases[] = {
        {"", errc::connection_closed},
        {"HTT", errc::connection_closed},
        {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n", errc::connection_closed},
        {"HTTP/1.1 100 Continue\r\n\r\n", errc::connection_closed},
        {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", errc::truncated_body},
        {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", errc::truncated_body},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", errc::truncated_body},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", errc::truncated_body},
    };
    for (const auto& [response, error] : cases) {
        client_side client;
        auto& e = client.start(request_to("GET"));
        client.sent();
        CHECK_FALSE(client.receive(response));
        client.session->receive_eof();
        CHECK(take_ready(*client.session).size() == 1);
        CHECK(e.error == error);
        CHECK(e.closed);
        CHECK(e.sent == progress::sent);
        CHECK(client.session->finished());
    }
}

TEST_CASE("bytes nobody asked for end the connection and answer no request")
{
    client_side idle;
    CHECK(idle.receive("HTTP/1.1 408 Request Timeout\r\n\r\n") == errc::protocol_error);
    CHECK(idle.session->finished());
    CHECK(idle.session->capacity() == 0);

    client_side behind;
    auto& e = behind.start(request_to("GET"));
    behind.sent();
    CHECK(behind.receive(std::string(ok) + std::string(ok)) == errc::protocol_error);
    CHECK_FALSE(e.error);
    CHECK(e.incoming_ended);
    CHECK(behind.session->finished());
    CHECK(behind.submit(request_to("GET")) == errc::connection_closed);

    client_side early;
    auto& unsent = early.start(request_to("GET"));
    CHECK(early.receive(ok) == errc::protocol_error);
    CHECK(unsent.error == errc::protocol_error);
    CHECK(unsent.sent == progress::unsent);
    CHECK(unsent.status == 0);
}

TEST_CASE("an answer before the request was sent whole is delivered and ends the connection")
{
    client_side client;
    pieces body({"first"});
    body.open = true;
    auto& e = client.start(request_to("POST"), &body);
    client.sent();
    CHECK_FALSE(client.receive("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno"));
    CHECK(e.status == 413);
    CHECK(e.received.readable() == "no");
    CHECK(e.closed);
    CHECK_FALSE(e.error);
    CHECK_FALSE(e.outgoing_ended);
    CHECK(client.session->finished());
    CHECK(client.sent().empty());
}

TEST_CASE("an upload goes on while the answer arrives")
{
    client_side client;
    pieces body({"first"});
    body.open = true;
    auto& e = client.start(request_to("POST"), &body);
    client.sent();
    CHECK_FALSE(client.receive("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"));
    CHECK(e.head_complete);
    CHECK_FALSE(client.session->wants_write());
    body.push("second");
    body.open = false;
    client.session->resume_body(e);
    CHECK(client.session->wants_write());
    CHECK(client.sent() == "6\r\nsecond\r\n0\r\n\r\n");
    client.receive("ok");
    CHECK(e.incoming_ended);
    CHECK(client.session->capacity() == 1);
}

TEST_CASE("an upload stops where the answer begins to be an error, and the connection ends with it")
{
    client_side client;
    pieces body({"first"});
    body.open = true;
    auto& e = client.start(request_to("POST"), &body);
    client.sent();
    CHECK_FALSE(client.receive("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\n"));
    body.push("second");
    client.session->resume_body(e);
    CHECK_FALSE(client.session->wants_write());
    CHECK(client.sent().empty());
    CHECK(client.session->capacity() == 0);
    CHECK_FALSE(client.receive("no"));
    CHECK(e.closed);
    CHECK_FALSE(e.error);
    CHECK(client.session->finished());
}

TEST_CASE("interim responses are kept in their order where somebody looks at them")
{
    client_side client;
    auto& e = client.start(request_to("GET"));
    client.sent();
    e.keep_interim = true;
    CHECK_FALSE(client.receive("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
                               "HTTP/1.1 100 Continue\r\n\r\n"));
    REQUIRE(e.interim_heads != nullptr);
    REQUIRE(e.interim_heads->size() == 2);
    CHECK(e.interim_heads->at(0).status == 103);
    CHECK(e.interim_heads->at(0).head.get("link") == "</a.css>");
    CHECK(e.interim_heads->at(1).status == 100);
    CHECK_FALSE(client.receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    CHECK(e.status == 200);
    CHECK_FALSE(e.head.contains("link"));
}

TEST_CASE("a source that fails ends the connection")
{
    client_side client;
    pieces body({"first"});
    body.open = true;
    auto& e = client.start(request_to("POST"), &body);
    client.sent();
    body.broken = true;
    client.session->resume_body(e);
    client.sent();
    CHECK(e.error == errc::upload_failed);
    CHECK(client.session->finished());
}

TEST_CASE("a large body is produced as far as the buffer's target")
{
    client_side client;
    pieces body({std::string(1 << 20, 'b')});
    body.announced = 1 << 20;
    client.start(request_to("POST"), &body);
    output_buffer out(64 * 1024);
    client.session->produce(out);
    CHECK(out.size() < 64 * 1024 + 16 * 1024 + 200);
    CHECK(client.session->wants_write());
    CHECK(out.size() + client.sent().size() == (1 << 20) + 64);
}

TEST_CASE("what may be replayed is told by the progress")
{
    client_side fresh;
    auto& unsent = fresh.start(request_to("GET"));
    fresh.session->receive_eof();
    CHECK(unsent.sent == progress::unsent);

    for (const bool reset : {false, true}) {
        client_side first;
        auto& e = first.start(request_to("GET"));
        first.sent();
        if (reset)
            first.session->transport_failed(errc::stream_reset);
        else
            first.session->receive_eof();
        CHECK(e.sent == progress::sent);
        CHECK(e.error == (reset ? errc::stream_reset : errc::connection_closed));

        client_side reused;
        reused.start(request_to("GET"));
        reused.sent();
        reused.receive(ok);
        auto& late = reused.start(request_to("GET"));
        reused.sent();
        if (reset)
            reused.session->transport_failed(errc::stream_reset);
        else
            reused.session->receive_eof();
        CHECK(late.sent == progress::stale);

        client_side answered;
        answered.start(request_to("GET"));
        answered.sent();
        answered.receive(ok);
        auto& cut = answered.start(request_to("GET"));
        answered.sent();
        answered.receive("H");
        answered.session->receive_eof();
        CHECK(cut.sent == progress::sent);
    }
}

TEST_CASE("an unread body stops the reading until it is read")
{
    session_limits limits;
    limits.stream_window = 100;
    client_side client(limits);
    auto& e = client.start(request_to("GET"));
    client.sent();
    client.receive("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + std::string(99, 'x'));
    CHECK(client.session->wants_read());
    client.receive("xyz");
    CHECK_FALSE(client.session->wants_read());
    e.received.consume(50, client.pool);
    e.consumed += 50;
    client.session->return_credit(e);
    CHECK(e.consumed == 0);
    CHECK(client.session->wants_read());
}

TEST_CASE("abandoning an unsent request leaves the connection usable")
{
    client_side client;
    auto& e = client.start(request_to("GET", "/forgotten"));
    client.session->abandon(e, 8);
    CHECK(e.carrier == nullptr);
    CHECK(client.session->capacity() == 1);
    CHECK(client.session->active() == 0);
    CHECK(client.sent().empty());
    client.start(request_to("GET", "/next"));
    CHECK(client.sent().starts_with("GET /next "));
    CHECK_FALSE(client.receive(ok));
}

TEST_CASE("abandoning a request under way ends the connection, a complete one does nothing")
{
    client_side client;
    auto& complete = client.start(request_to("GET"));
    client.sent();
    client.receive(ok);
    client.session->abandon(complete, 8);
    CHECK(client.session->capacity() == 1);
    client.start(request_to("GET"));
    auto& open = *client.exchanges.back();
    client.sent();
    CHECK_FALSE(feed(*client.session, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"));
    CHECK(open.is_linked());
    client.session->abandon(open, 8);
    CHECK(client.session->ready().empty());
    CHECK(client.session->finished());
    client.exchanges.pop_back();
    CHECK_FALSE(client.receive("defghi"));
}

TEST_CASE("a draining client ends after the exchange under way")
{
    client_side idle;
    idle.session->drain();
    CHECK(idle.session->finished());
    CHECK((idle.session->take_news() & news::draining) != 0);

    client_side busy;
    auto& e = busy.start(request_to("GET"));
    busy.session->drain();
    CHECK_FALSE(busy.session->finished());
    CHECK(busy.session->capacity() == 0);
    CHECK_FALSE(busy.sent().empty());
    busy.receive(ok);
    CHECK_FALSE(e.error);
    CHECK(busy.session->finished());
}

TEST_CASE("a session destroyed first detaches its exchange")
{
    client_side client;
    auto& e = client.start(request_to("GET"));
    client.sent();
    client.session.reset();
    CHECK(e.carrier == nullptr);
    CHECK_FALSE(e.closed);
}

TEST_CASE("an idle connection that the peer closes is finished")
{
    client_side client;
    CHECK(client.session->protocol() == "http/1.1");
    client.session->ping();
    CHECK_FALSE(client.session->wants_write());
    client.session->receive_eof();
    CHECK(client.session->finished());
    CHECK_FALSE(client.session->wants_read());
}
