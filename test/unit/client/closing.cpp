#include "support/catch.hpp"
#include "support/scripted_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

struct closed_client {
    int calls = 0;
    error_code ec;

    auto handler()
    {
        return [this](error_code with) {
            ++calls;
            ec = with;
        };
    }
};

} // namespace

TEST_CASE("close: what was started may end, what is new is refused, then connections say farewell")
{
    scripted_world here(scripted_world::http2());
    auto& started = fetch(here, 2);
    closed_client closing;
    here.http->async_close(10s, closing.handler());
    here.settle();
    CHECK(closing.calls == 0);
    auto& late = fetch(here, 1);
    CHECK(late[0].ec == errc::client_closed);
    CHECK(late[0].why.processing == processing::never_sent);
    CHECK(here.peers[0].trace() == "HEADERS 1 end, HEADERS 3 end");
    here.send(0, h2::response(1));
    CHECK(closing.calls == 0);
    here.send(0, h2::response(3));
    CHECK(started[0].good());
    CHECK(started[1].good());
    CHECK(here.peers[0].trace() == "GOAWAY");
    CHECK(here.peers[0].left());
    CHECK(closing.calls == 1);
    CHECK_FALSE(closing.ec);
    CHECK(here.clock->armed() == 0);
    CHECK_FALSE(here.clock->wake()); // or its event loop would have something to wait for
    CHECK(here.idle());
}

TEST_CASE("close: requests that wait for a permit or a slot may run and end as well")
{
    scripted_world here(scripted_world::http2().max_in_flight(2).max_connections(1));
    here.greeting = h2::settings({{h2::max_concurrent_streams, 1}});
    fetch(here, 1);
    here.send(0, h2::response(1));
    auto& all = fetch(here, 3);
    CHECK(here.http->counts().queued == 1);
    CHECK(here.http->counts().waiting == 1);
    closed_client closing;
    here.http->async_close(10s, closing.handler());
    here.send(0, h2::response(3));
    here.send(0, h2::response(5));
    here.send(0, h2::response(7));
    for (const auto& one : all)
        CHECK(one.good());
    CHECK(closing.calls == 1);
    CHECK_FALSE(closing.ec);
}

TEST_CASE("close: what is not over in time fails with client_closed, and the closer is told last")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 2);
    std::string order;
    closed_client closing;
    here.http->async_close(5s, [&](error_code ec) {
        order += all[1].calls == 1 ? "after" : "before";
        closing.handler()(ec);
    });
    here.pass(4900ms);
    CHECK(closing.calls == 0);
    here.send(0, h2::response(1));
    here.pass(100ms);
    CHECK(all[0].good());
    CHECK(all[1].calls == 1);
    CHECK(all[1].ec == errc::client_closed);
    CHECK(all[1].why.processing == processing::maybe);
    CHECK(closing.calls == 1);
    CHECK(closing.ec == errc::close_timeout);
    CHECK(order == "after");
    CHECK(here.idle());
    CHECK(here.clock->armed() == 0);
}

TEST_CASE("close: a client with nothing to do is closed at once, also over HTTP/1.1, also twice")
{
    scripted_world unused(scripted_world::http2());
    closed_client closing;
    unused.http->async_close(5s, closing.handler());
    unused.settle();
    CHECK(closing.calls == 1);
    CHECK_FALSE(closing.ec);

    scripted_world idle(scripted_world::http1());
    idle.greeting.clear();
    auto& one = fetch(idle, 1);
    idle.send(0, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    CHECK(one[0].good());
    closed_client twice;
    idle.http->async_close(5s, twice.handler());
    idle.http->async_close(5s, twice.handler());
    idle.settle();
    CHECK(twice.calls == 2);
    CHECK_FALSE(twice.ec);
    CHECK(idle.peers[0].left());
    idle.http->async_close(5s, twice.handler());
    idle.settle();
    CHECK(twice.calls == 3);
}

TEST_CASE("close: a second call shortens the time, and never lengthens it")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    closed_client first;
    closed_client second;
    here.http->async_close(time_limit::off(), first.handler());
    here.http->async_close(2s, second.handler());
    here.http->async_close(1h, second.handler());
    here.pass(2s);
    CHECK(first.calls == 1);
    CHECK(second.calls == 2);
    CHECK(first.ec == errc::close_timeout);
    CHECK(all[0].ec == errc::client_closed);
}

TEST_CASE("close: cancelling it ends the wait, the closing goes on")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    boost::asio::cancellation_signal stop;
    closed_client closing;
    here.http->async_close(5s, boost::asio::bind_cancellation_slot(stop.slot(), closing.handler()));
    stop.emit(boost::asio::cancellation_type::terminal);
    here.settle();
    CHECK(closing.calls == 1);
    CHECK(closing.ec == boost::asio::error::operation_aborted);
    CHECK(all[0].calls == 0);
    here.pass(5s);
    CHECK(all[0].ec == errc::client_closed);
}

TEST_CASE("close: destroying the client meanwhile ends requests and the closing with client_closed")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    closed_client closing;
    here.http->async_close(5s, closing.handler());
    here.http.reset();
    here.settle();
    CHECK(all[0].ec == errc::client_closed);
    CHECK(closing.calls == 1);
    CHECK(closing.ec == errc::client_closed);
}

TEST_CASE("close: a refused stream is sent again while the client drains")
{
    scripted_world here(scripted_world::http2());
    auto& all = fetch(here, 1);
    closed_client closing;
    here.http->async_close(5s, closing.handler());
    here.send(0, h2::goaway(0, h2::no_error));
    here.send(1, h2::response(1));
    CHECK(all[0].good());
    CHECK(closing.calls == 1);
    CHECK_FALSE(closing.ec);
}

TEST_CASE("close for coroutines: returns when all is over, throws where requests were cut")
{
    scripted_world here(scripted_world::http2());
    fetch(here, 1);
    error_code ended;
    bool threw = false;
    auto closing = [&]() -> boost::asio::awaitable<void> {
        try {
            co_await here.http->close(1s);
        } catch (const boost::system::system_error& e) {
            threw = true;
            ended = e.code();
        }
    };
    boost::asio::co_spawn(here.context, closing, boost::asio::detached);
    here.pass(1s);
    CHECK(threw);
    CHECK(ended == errc::close_timeout);
}

TEST_CASE("a client may be destroyed in any state")
{
    const int state = GENERATE(range(0, 8));
    scripted_world here(scripted_world::http2().deadlines(deadlines().head(2s)));
    auto& one = here.results(2);
    for (auto& r : one)
        here.http->async_fetch(here.get(), r.why, r.handler());
    closed_client closing;
    switch (state) {
    case 0: break; // dialling
    case 1: here.settle(); break; // sent
    case 2: // in the middle of a response
        here.settle();
        here.send(0, h2::headers(1, {{":status", "200"}}) + h2::data(1, "half"));
        break;
    case 3: // a PING is out, the connection doubted
        here.settle();
        here.send(0, h2::headers(1, {{":status", "200"}}));
        here.pass(18s);
        break;
    case 4: here.pass(2s); break; // a slot kept by a reset stream, a PING out
    case 5: // draining
        here.settle();
        here.http->async_close(5s, closing.handler());
        here.settle();
        break;
    case 6: // a GOAWAY is in, another connection being opened
        here.settle();
        here.peers[0].send(h2::goaway(1, h2::no_error));
        here.context.poll_one();
        break;
    default: // backing off from a failed dial
        here.refuse = errc::connect_failed;
        here.settle();
        here.http->async_fetch(here.get(), one[0].why, one[0].handler());
        break;
    }
    here.http.reset();
    here.settle();
    for (const auto& r : one)
        CHECK(r.calls >= 1);
    CHECK(here.clock->armed() == 0);
}
