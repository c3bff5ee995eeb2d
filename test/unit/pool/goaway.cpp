#include "support/catch.hpp"
#include "support/scripted_world.hpp"

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

std::size_t good(const std::deque<fetched_response>& all)
{
    std::size_t count = 0;
    for (const auto& one : all)
        count += one.good() ? 1 : 0;
    return count;
}

constexpr std::int32_t last_of_all = 0x7fffffff;
constexpr std::uint32_t http_1_1_required = 13;

} // namespace

TEST_CASE("GOAWAY: each stream above the last is sent once more elsewhere, in order; others finish")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 4);
    here.peers[0].trace();
    here.send(0, h2::goaway(3, h2::no_error));
    CHECK(here.peers.size() == 2);
    CHECK(here.peers[0].trace().empty());
    CHECK(here.peers[1].trace() == "HEADERS 1 end, HEADERS 3 end");
    CHECK_FALSE(here.peers[0].left());
    here.send(1, h2::response(1, "third") + h2::response(3, "fourth"));
    CHECK(all[2].got.body() == "third");
    CHECK(all[3].got.body() == "fourth");
    here.send(0, h2::response(1, "first") + h2::response(3, "second"));
    CHECK(all[0].got.body() == "first");
    CHECK(all[1].got.body() == "second");
    CHECK(here.peers[0].left());
    CHECK(here.idle());
    CHECK(here.http->counts().connections == 1);
}

TEST_CASE("a two-step GOAWAY loses nothing: no new streams at the first, replay at the second")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 2);
    here.peers[0].trace();
    here.send(0, h2::goaway(last_of_all, h2::no_error));
    CHECK(here.peers.size() == 1);
    auto& later = fetch(here, 1);
    CHECK(here.peers[0].trace().empty());
    CHECK(here.peers[1].trace() == "HEADERS 1 end");
    here.send(0, h2::goaway(1, h2::no_error));
    CHECK(here.peers[1].trace() == "HEADERS 3 end");
    here.send(0, h2::response(1));
    here.send(1, h2::response(1) + h2::response(3));
    CHECK(good(all) == 2);
    CHECK(good(later) == 1);
    CHECK(here.peers[0].left());
    CHECK(here.idle());
}

TEST_CASE("a GOAWAY that cuts a stream it had accepted leaves it maybe processed, and says so")
{
    scripted_world here(scripted_world::http2());
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    here.send(0, h2::goaway(1, h2::internal_error, "restarting"));
    here.peers[0].end();
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::connection_closed);
    CHECK(one.why.processing == processing::maybe);
    CHECK(one.why.http2_code == h2::internal_error);
    CHECK(one.why.detail == "restarting");
}

TEST_CASE("a server that sends every request away is asked max_replays times more, with pauses")
{
    scripted_world here(scripted_world::http2().max_replays(2));
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    for (std::size_t i = 0; i != 3; ++i) {
        CHECK(here.peers.size() == i + 1);
        here.send(i, h2::goaway(0, h2::enhance_your_calm, "too_many_requests"));
        CHECK(here.peers.size() == i + 1); // not at once: it asked for calm
        here.pass(200ms);
    }
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::stream_refused);
    CHECK(one.why.processing == processing::refused);
    CHECK(one.why.http2_code == h2::enhance_your_calm);
    CHECK(one.why.attempts == 3);
    CHECK(here.peers.size() == 3);
    CHECK(here.idle());
}

TEST_CASE("a burst of GOAWAY in mid-flight loses and doubles nothing")
{
    scripted_world here(scripted_world::http2().streams_per_connection(40));
    auto& all = fetch(here, 40);
    here.send(0, h2::response(1) + h2::response(3) + h2::goaway(19, h2::no_error));
    CHECK(good(all) == 2);
    CHECK(here.peers.size() == 2);
    std::string rest;
    for (std::int32_t stream = 1; stream <= 59; stream += 2)
        rest += h2::response(stream);
    here.send(1, rest);
    rest.clear();
    for (std::int32_t stream = 5; stream <= 19; stream += 2)
        rest += h2::response(stream);
    here.send(0, rest);
    CHECK(good(all) == 40);
    CHECK(here.idle());
}

TEST_CASE("a connection that resets streams with ENHANCE_YOUR_CALM is left alone after the second")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 3);
    CHECK(here.peers[0].trace() == "HEADERS 1 end, HEADERS 3 end, HEADERS 5 end");
    here.send(0, h2::rst_stream(3, h2::enhance_your_calm)); // a GET: it does no harm again
    CHECK(here.peers[0].trace() == "HEADERS 7 end");
    here.send(0, h2::rst_stream(7, h2::enhance_your_calm));
    CHECK(here.peers.size() == 2);
    CHECK(here.peers[1].trace() == "HEADERS 1 end");
    here.send(1, h2::response(1));
    here.send(0, h2::response(1) + h2::response(5)); // what it took goes on
    for (const auto& one : all)
        CHECK(one.good());
    CHECK(here.http->counts().connections == 1);
    CHECK(here.idle());
}

TEST_CASE("REFUSED_STREAM is sent again on the same connection; a second one retires it")
{
    scripted_world here(scripted_world::http2());
    auto& other = fetch(here, 1);
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    CHECK(here.peers[0].trace() == "HEADERS 1 end, HEADERS 3, DATA 3 1 end");
    here.send(0, h2::rst_stream(3, h2::refused_stream));
    CHECK(here.peers[0].trace() == "HEADERS 5, DATA 5 1 end");
    here.send(0, h2::rst_stream(5, h2::refused_stream));
    CHECK(here.peers[0].trace() == "GOAWAY");
    CHECK(here.peers[1].trace() == "HEADERS 1, DATA 1 1 end");
    here.send(1, h2::response(1));
    CHECK(one.good());
    here.send(0, h2::response(1)); // what it had accepted may end
    CHECK(good(other) == 1);
    CHECK(here.peers[0].left());
}

TEST_CASE("a response between two refusals keeps the connection")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 2);
    here.send(0, h2::rst_stream(3, h2::refused_stream)); // again as 5
    here.send(0, h2::response(1));
    here.send(0, h2::rst_stream(5, h2::refused_stream)); // again as 7
    here.send(0, h2::response(7));
    CHECK(good(all) == 2);
    CHECK(here.peers.size() == 1);
}

TEST_CASE("HTTP_1_1_REQUIRED: the request, and what follows it, is sent over HTTP/1.1")
{
    scripted_world here(client_options(), "https://server");
    here.alpn = "h2";
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    CHECK(here.offered[0] == std::vector<std::string>{"h2", "http/1.1"});
    here.alpn = "http/1.1";
    here.greeting.clear();
    here.send(0, h2::rst_stream(1, http_1_1_required));
    CHECK(here.offered[1] == std::vector<std::string>{"http/1.1"});
    CHECK(here.peers[1].text().substr(0, 15) == "POST / HTTP/1.1");
    here.send(1, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    CHECK(one.good());
    CHECK(here.peers[0].left());
    fetch(here, 1);
    CHECK(here.peers[1].text().substr(0, 14) == "GET / HTTP/1.1");
    CHECK(here.peers.size() == 2);
}

TEST_CASE("HTTP_1_1_REQUIRED ends a request whose caller wants HTTP/2 only")
{
    scripted_world here(scripted_world::http2());
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    here.send(0, h2::rst_stream(1, http_1_1_required));
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::stream_refused);
    CHECK(one.why.detail == "the server wants HTTP/1.1 for this request (HTTP_1_1_REQUIRED)");
    CHECK(here.peers.size() == 1);
}

TEST_CASE("what is sent again comes before those who were never served, in its own order")
{
    scripted_world here(scripted_world::http2().max_connections(1));
    here.greeting = h2::settings({{h2::max_concurrent_streams, 2}});
    fetch(here, 1);
    here.send(0, h2::response(1));
    here.peers[0].trace();
    auto& all = here.results(4);
    std::string body;
    for (auto& one : all)
        here.http->async_fetch(here.post(body += 'x'), one.why, one.handler());
    here.settle();
    CHECK(here.peers[0].trace() == "HEADERS 3, DATA 3 1 end, HEADERS 5, DATA 5 2 end");
    here.send(0, h2::goaway(1, h2::no_error));
    CHECK(here.peers[1].trace() == "HEADERS 1, DATA 1 1 end, HEADERS 3, DATA 3 2 end");
    here.send(1, h2::response(1) + h2::response(3));
    CHECK(here.peers[1].trace() == "HEADERS 5, DATA 5 3 end, HEADERS 7, DATA 7 4 end");
    here.send(1, h2::response(5) + h2::response(7));
    CHECK(good(all) == 4);
}
