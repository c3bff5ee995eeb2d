#include "support/catch.hpp"
#include "unit/http1/conversation.hpp"

#include <string>
#include <utility>
#include <vector>

// What a hostile server may try over HTTP/1.1, and how it ends: with an error that has a name, on
// this connection only, and with little held.
using namespace aloft;
using namespace aloft::test;

namespace {

const std::string status_line = "HTTP/1.1 200 OK\r\n";
const std::string chunked = status_line + "transfer-encoding: chunked\r\n\r\n";
const std::string whole = status_line + "content-length: 2\r\n\r\nok";

session_limits small()
{
    session_limits limits;
    limits.header_list = 2'000;
    limits.stream_window = 10'000;
    return limits;
}

struct abused : client_side {
    explicit abused(std::string_view method = "GET") :
        client_side(small()), e(start(request_to(method)))
    {
        sent();
    }

    /// Sends `piece` again and again, reading what arrives; how many bytes until it failed.
    std::size_t flood(std::string_view piece, std::size_t most = 1'000'000)
    {
        std::size_t bytes = 0;
        while (bytes < most && !receive(piece)) {
            bytes += piece.size();
            e.received.consume(e.received.size(), pool);
        }
        return bytes;
    }

    exchange& e;
};

} // namespace

TEST_CASE("what has no end in a head or behind a body fails within its limit")
{
    const std::pair<std::string, std::string> floods[] = {
        {status_line, "x: y\r\n"}, // a header bomb
        {status_line + "x: ", "y"}, // and in one field
        {"HTTP/1.1 200 ", "O"}, // and before any field
        {chunked + "0\r\n", "x: y\r\n"}, // trailers
        {chunked + "0\r\nx: ", "y"},
    };
    for (const auto& [start, more] : floods) {
        for (const bool one_by_one : {true, false}) {
            CAPTURE(start, more, one_by_one);
            abused client;
            CHECK_FALSE(client.receive(start));
            std::string piece = more;
            if (!one_by_one)
                for (int i = 0; i < 100; ++i)
                    piece += more;
            CHECK(client.flood(piece) < 4'000);
            CHECK(client.e.error == errc::header_list_too_large);
            CHECK(client.session->finished());
        }
    }
}

TEST_CASE("chunk extensions and chunk sizes without end fail within a limit")
{
    const std::pair<std::string, std::string> floods[] = {
        {chunked + "1", ";ext=\"value\""}, {chunked + "1;", "x"},
        {chunked, "1;extension\r\n.\r\n"}, {chunked, "0"},
        {chunked + "5\r\nhello\r\n", "0"},
    };
    for (const auto& [start, more] : floods) {
        CAPTURE(start, more);
        abused client;
        CHECK_FALSE(client.receive(start));
        CHECK(client.flood(more) < 4'000);
        CHECK(client.e.error == errc::protocol_error);
        CHECK(client.session->finished());
        CHECK(client.pool.bytes_in_use() == 0);
    }
}

TEST_CASE("a chunk of absurd size is read as it comes, or refused where no number holds it")
{
    abused client;
    CHECK_FALSE(client.receive(chunked + "ffffffffffffffff\r\n"));
    CHECK(client.flood(std::string(5'000, 'x'), 100'000) == 100'000);
    CHECK_FALSE(client.e.closed);
    CHECK(client.pool.bytes_in_use() == 0);
    client.session->receive_eof();
    CHECK(client.e.error == errc::truncated_body);

    for (const auto* size : {"10000000000000000", "fffffffffffffffff", "1 0", "0x1", "", "g"}) {
        abused other;
        CHECK(other.receive(chunked + size + "\r\nx\r\n\r\n") == errc::protocol_error);
        CHECK(other.e.error == errc::protocol_error);
        CAPTURE(size, other.session->error_detail());
        CHECK(other.session->error_detail().find("chunk") != std::string_view::npos);
    }
}

TEST_CASE("interim responses without end fail the request")
{
    abused client;
    CHECK(client.flood("HTTP/1.1 102 Processing\r\n\r\n") < 10 * 27);
    CHECK(client.e.error == errc::too_many_interim);
    CHECK(client.session->finished());
}

TEST_CASE("what two readers could frame in two ways is refused")
{
    const std::string responses[] = {
        status_line + "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        status_line + "transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n",
        status_line + "transfer-encoding: identity\r\n\r\n",
        status_line + "transfer-encoding: chunked, identity\r\n\r\n",
        status_line + "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n",
        status_line + "transfer-encoding:\x0b"
                      "chunked\r\n\r\n",
        status_line + "transfer-encoding : chunked\r\n\r\n",
        status_line + "content-length: 2\r\ncontent-length: 3\r\n\r\n",
        status_line + "content-length: 2, 3\r\n\r\n",
        status_line + "content-length: 0x2\r\n\r\n",
        status_line + "content-length: 2\r\n content-length: 3\r\n\r\n",
        status_line + "content-length: 2\n\nok",
        "HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
        chunked + "2\nok\n0\n\n",
        chunked + "2\r\nok0\r\n\r\n",
        chunked + "2\r\nok\r\n0\r\n x: folded\r\n\r\n",
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    };
    for (const auto& response : responses) {
        CAPTURE(response);
        abused client;
        CHECK(client.receive(response) == errc::protocol_error);
        CHECK(client.e.error == errc::protocol_error);
        CHECK(client.session->finished());
        CHECK(client.session->capacity() == 0);
    }
}

TEST_CASE("what follows a response that has ended answers nobody")
{
    const std::tuple<const char*, std::string, std::string> cases[] = {
        {"GET", whole, whole},
        {"GET", whole, "\r\n"},
        {"GET", whole, std::string(1, '\0')},
        {"GET", chunked + "0\r\n\r\n", "0\r\n\r\n"},
        {"HEAD", status_line + "content-length: 2\r\n\r\n", "ok"},
        {"HEAD", status_line + "transfer-encoding: chunked\r\n\r\n", "0\r\n\r\n"},
        {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "body"},
        {"GET", "HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\n", "body"},
        {"GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n", "body"},
        {"GET", "HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n", "0\r\n\r\n"},
    };
    for (const auto& [method, response, behind] : cases) {
        CAPTURE(method, response, behind);
        // In one read, in the next, and once another request is under way but not written.
        for (const int when : {0, 1, 2}) {
            CAPTURE(when);
            abused client(method);
            error_code ec;
            exchange* next = nullptr;
            if (when == 0) {
                ec = client.receive(response + behind);
            } else {
                CHECK_FALSE(client.receive(response));
                if (when == 2)
                    next = &client.start(request_to("GET"));
                ec = client.receive(behind);
            }
            CHECK(ec == errc::protocol_error);
            CHECK_FALSE(client.e.error);
            CHECK(client.e.incoming_ended);
            CHECK(client.e.received.size() == (response == whole ? 2 : 0));
            CHECK(client.session->finished());
            CHECK(client.session->capacity() == 0);
            if (next != nullptr) {
                CHECK(next->error == errc::protocol_error);
                CHECK(next->sent == progress::unsent);
            }
        }
    }
}

TEST_CASE("a response without a length holds no more than the window and is not reused")
{
    abused client;
    CHECK_FALSE(client.receive(status_line + "\r\n"));
    CHECK(client.session->capacity() == 0);
    std::size_t given = 0;
    while (client.session->wants_read() && given < 1'000'000) {
        client.receive(std::string(1'000, 'x'));
        given += 1'000;
    }
    CHECK(given <= 11'000);
    client.session->receive_eof();
    CHECK_FALSE(client.e.error);
    CHECK(client.session->finished());
}

TEST_CASE("a second request is not sent before the first is answered")
{
    client_side client;
    client.start(request_to("GET", "/one"));
    CHECK(client.submit(request_to("GET", "/two")) == errc::invalid_request);
    CHECK(client.sent().find("/two") == std::string::npos);
}
