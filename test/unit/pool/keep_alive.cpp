#include "support/catch.hpp"
#include "support/scripted_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

namespace asio = boost::asio;

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

std::string answer(std::string_view fields = "")
{
    return "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" + std::string(fields) + "\r\nok";
}

class http1_world : public scripted_world {
public:
    explicit http1_world(client_options options = http1()) : scripted_world(std::move(options))
    {
        greeting.clear();
    }
    /// One request on the peer's connection, answered.
    void exchange(std::size_t peer, std::string_view fields = "")
    {
        auto& one = fetch(*this, 1);
        peers.at(peer).text();
        send(peer, answer(fields));
        CHECK(one[0].good());
    }
};

std::size_t connections(const scripted_world& in)
{
    return in.http->counts().connections;
}

} // namespace

TEST_CASE("an idle HTTP/1.1 connection is dropped after 4 s: uvicorn closes its own after 5")
{
    http1_world here;
    here.exchange(0);
    here.pass(3900ms);
    CHECK(connections(here) == 1);
    here.pass(100ms);
    CHECK(connections(here) == 0);
    CHECK(here.peers[0].left());
}

TEST_CASE("a server that says how long it keeps connections is believed by 80 %")
{
    http1_world here;
    here.exchange(0, "keep-alive: timeout=2\r\n");
    here.pass(1500ms);
    CHECK(connections(here) == 1);
    here.pass(100ms);
    CHECK(connections(here) == 0);

    here.exchange(1, "Keep-Alive: timeout=75, max=100\r\n");
    here.pass(59'900ms);
    CHECK(connections(here) == 1);
    here.pass(100ms);
    CHECK(connections(here) == 0);

    here.exchange(2, "keep-alive: timeout=7200\r\n"); // more than an unused one is ever kept
    here.pass(89'900ms);
    CHECK(connections(here) == 1);
    here.pass(100ms);
    CHECK(connections(here) == 0);
}

TEST_CASE("a server that takes no more requests on a connection (max=0) is sent none")
{
    http1_world here;
    here.exchange(0, "keep-alive: timeout=5, max=1\r\n");
    here.exchange(0, "keep-alive: timeout=5, max=0\r\n");
    CHECK(connections(here) == 0);
    here.exchange(1);
}

TEST_CASE("an idle connection is looked at before use: a FIN nobody has read yet is seen")
{
    http1_world here;
    here.exchange(0);
    here.peers[0].end(); // and the loop has no turn before the next request
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    CHECK(here.peers[0].text().empty());
    CHECK(here.peers[1].text().substr(0, 4) == "POST");
    here.send(1, answer());
    CHECK(one.good());
    CHECK(one.why.attempts == 0);
}

TEST_CASE("bytes nobody asked for end an idle connection before it is used")
{
    http1_world here;
    here.exchange(0);
    here.peers[0].send("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
    auto& one = fetch(here, 1);
    CHECK(here.peers.size() == 2);
    here.send(1, answer());
    CHECK(one[0].good());
    CHECK(one[0].got.status() == 200);
}

TEST_CASE("a reused connection closed before any byte of response: once more, on a new one")
{
    http1_world here;
    // Three connections, all of them used once and idle now.
    fetch(here, 3);
    for (std::size_t i = 0; i != 3; ++i)
        here.send(i, answer());
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    std::size_t taken = 0;
    for (std::size_t i = 0; i != 3; ++i) {
        if (here.peers[i].text().find("POST") != std::string::npos)
            taken = i;
    }
    here.peers[taken].end(); // the server is gone, and with it the other two
    here.settle();
    CHECK(here.peers.size() == 4);
    CHECK(here.peers[3].text().substr(0, 4) == "POST");
    CHECK(connections(here) == 1);
    here.peers[3].end();
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::connection_closed);
    CHECK(one.why.attempts == 2);
    CHECK(one.why.processing == processing::maybe);
    CHECK(here.idle());
}

TEST_CASE(
    "what was sent in vain asks for a connection never used: one that comes free is passed by")
{
    http1_world here;
    fetch(here, 2);
    here.send(0, answer());
    auto& post = here.results(1)[0];
    here.http->async_fetch(here.post("x"), post.why, post.handler());
    here.settle();
    CHECK(here.peers[0].text().find("POST") != std::string::npos);
    here.peers[0].end();
    here.peers[1].send(answer()); // in the same turn of the loop, before any dial is through
    here.settle();
    CHECK(here.peers[1].text().find("POST") == std::string::npos);
    REQUIRE(here.peers.size() == 3);
    CHECK(here.peers[2].text().substr(0, 4) == "POST");
    here.send(2, answer());
    CHECK(post.good());
    CHECK(here.http->metrics().replayed(replay_cause::stale) == 1);
    here.exchange(1); // the one that came free serves others
    CHECK(here.idle());
}

TEST_CASE("at max_connections what a closed connection lost takes its place before those who wait")
{
    http1_world here(http1_world::http1().max_connections(2));
    fetch(here, 2);
    here.send(0, answer());
    auto& post = here.results(1)[0];
    here.http->async_fetch(here.post("x"), post.why, post.handler());
    here.settle();
    auto& late = fetch(here, 1);
    here.peers[0].end();
    here.settle();
    REQUIRE(here.peers.size() == 3);
    CHECK(here.peers[2].text().substr(0, 4) == "POST");
    here.send(1, answer());
    here.send(1, answer());
    here.send(2, answer());
    CHECK(late[0].good());
    CHECK(post.good());
    CHECK(connections(here) == 2);
    CHECK(here.idle());
}

TEST_CASE("what asks for a new connection ends with the dial's error, though used ones are there")
{
    http1_world here;
    auto& slow = fetch(here, 2);
    here.send(0, answer());
    auto& post = here.results(1)[0];
    here.http->async_fetch(here.post("x"), post.why, post.handler());
    here.settle();
    here.refuse = errc::connection_closed;
    here.peers[0].end();
    here.settle();
    CHECK(post.calls == 1);
    CHECK(post.ec == errc::connection_closed);
    CHECK(post.why.phase == phase::connect);
    CHECK(post.why.processing == processing::maybe);
    here.send(1, answer());
    CHECK(slow[1].good());
    CHECK(here.idle());
}

TEST_CASE("what waits for a new connection can be cancelled")
{
    http1_world here;
    fetch(here, 1);
    here.send(0, answer());
    asio::cancellation_signal stop;
    auto& post = here.results(1)[0];
    here.http->async_fetch(here.post("x"), post.why,
                           asio::bind_cancellation_slot(stop.slot(), post.handler()));
    here.settle();
    here.peers[0].end();
    here.context.restart();
    while (here.http->counts().waiting == 0 && here.context.poll_one() != 0) {
    }
    REQUIRE(here.http->counts().waiting == 1);
    stop.emit(asio::cancellation_type::terminal);
    here.settle();
    CHECK(post.calls == 1);
    CHECK(post.ec == asio::error::operation_aborted);
    CHECK(here.idle());
}

TEST_CASE("a byte of response, or a connection never used before, is no such case")
{
    const bool used = GENERATE(true, false);
    http1_world here;
    if (used)
        here.exchange(0);
    auto& one = here.results(1)[0];
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    if (used)
        here.send(0, "HTTP");
    here.peers[0].end();
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec.failed());
    CHECK(one.why.attempts == 1);
    CHECK(here.peers.size() == 1);
}

TEST_CASE("ALPN decides, and the queue follows: waiters for one h2 connection get one each in h1")
{
    scripted_world here(client_options(), "https://server");
    here.alpn = "http/1.1";
    here.greeting.clear();
    auto& all = fetch(here, 5);
    CHECK(here.peers.size() == 5); // one dial would have done for h2
    for (std::size_t i = 0; i != 5; ++i) {
        CHECK(here.peers[i].text().substr(0, 14) == "GET / HTTP/1.1");
        here.send(i, answer());
        CHECK(all[i].good());
    }
    CHECK(here.idle());
}

TEST_CASE("ALPN may say h2 where HTTP/1.1 was spoken before: waiters gather on that connection")
{
    scripted_world here(client_options().max_dials(1), "https://server");
    here.alpn = "http/1.1";
    here.greeting.clear();
    auto& first = fetch(here, 1);
    here.send(0, answer("connection: close\r\n"));
    CHECK(first[0].good());
    here.alpn = "h2";
    here.greeting = h2::settings();
    auto& all = fetch(here, 3);
    CHECK(here.peers[1].trace() == "HEADERS 1 end, HEADERS 3 end, HEADERS 5 end");
    CHECK(here.peers.size() == 2);
    here.send(1, h2::response(1) + h2::response(3) + h2::response(5));
    for (const auto& one : all)
        CHECK(one.good());
    CHECK(here.idle());
}
