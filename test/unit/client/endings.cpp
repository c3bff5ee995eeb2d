#include "client/attempt_policy.hpp"
#include "connection/asio_timers.hpp"
#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

enum class state { permit, dial, slot, sent, body, backoff };

/// Tries again for ever.
class stubborn final : public attempt_policy {
public:
    void prepare(unsigned, request&) override {}
    verdict judge(unsigned, const fields&, std::string_view, bool) override
    {
        return after(1000ms);
    }
    verdict judge(const failure&) override { return after(1000ms); }

    static verdict after(milliseconds wait)
    {
        policy::failed_attempt failed;
        failed.means = error_class::overload;
        failed.advice.wait = wait;
        return verdict::retry(failed, verdict::fail(errc::http_status, "no more"));
    }
};

/// A target for a call with a policy: what client::async_send is without one.
template <class Handler>
void send_with(client_world& in, request what, std::unique_ptr<attempt_policy> policy, failure* why,
               Handler handler)
{
    detail::async_wait<void(error_code, response)>(
        detail::head_target(
            in.core->prepare(std::move(what.retries(retry_rules().retries(1000).backoff(0ms, 0ms))),
                             std::move(policy)),
            why),
        std::move(handler));
}

/// A world with one request that has come as far as `at`, and others around it where that is
/// needed.
struct stopped_at {
    stopped_at(state at, bool http2) :
        here(http2, client_options()
                        .max_in_flight(at == state::permit ? 1 : 10)
                        .max_connections(1)
                        .max_replays(0))
    {
        here.server_limits.streams = 1;
        here.on_request = [](served& r) { r.begin(); };
        if (at == state::permit || at == state::slot) {
            here.http->async_send(here.get(), other.handler());
            here.settle();
            REQUIRE(other.calls == 1);
        }
        here.black_hole = at == state::dial;
        if (at == state::sent)
            here.on_request = nullptr;
        if (at == state::backoff)
            send_with(here, here.get(), std::make_unique<stubborn>(), &one.why,
                      asio::bind_cancellation_slot(stop.slot(), one.handler()));
        else
            here.http->async_send(here.get(), one.why,
                                  asio::bind_cancellation_slot(stop.slot(), one.handler()));
        here.settle();
        if (at == state::body)
            here.last().write("part");
        here.settle();
        const auto now = here.http->counts();
        CHECK(now.queued == (at == state::permit ? 1 : 0));
        CHECK(now.waiting == (at == state::dial || at == state::slot ? 1 : 0));
        CHECK(one.calls == (at == state::body ? 1 : 0));
        if (at == state::backoff)
            CHECK(now.in_flight == 0); // the permit is given up
    }

    client_world here;
    outcome_of<response> other;
    outcome_of<response> one;
    asio::cancellation_signal stop;
};

const auto every_state = {state::permit, state::dial, state::slot,
                          state::sent,   state::body, state::backoff};

} // namespace

TEST_CASE("a request cancelled wherever it waits frees its permit, slot, timer and memory")
{
    const bool http2 = any_version();
    for (const auto at : every_state) {
        INFO("state " << static_cast<int>(at));
        stopped_at world(at, http2);
        auto& here = world.here;
        if (at == state::body) {
            const auto unread = world.one.got.body().readable();
            CHECK(unread == "part");
            world.one.got.body().cancel();
            CHECK(here.http->counts().in_flight == 0);
            CHECK(world.one.got.body().readable() == "part"); // what has arrived stays
            world.one.got = response();
        } else {
            world.stop.emit(asio::cancellation_type::terminal);
        }
        here.settle();
        CHECK(world.one.calls == 1);
        if (at != state::body) {
            CHECK(world.one.ec == asio::error::operation_aborted);
            CHECK(world.one.why.initiator == initiator::caller);
            CHECK(world.one.why.processing == (at == state::sent || at == state::backoff
                                                   ? processing::maybe
                                                   : processing::never_sent));
        }
        world.other.got = response();
        here.settle();
        here.clock->advance(100ms);
        here.settle();
        CHECK(here.http->counts().streams == 0);
        CHECK(here.core->live.empty());
        if (at != state::dial) {
            CHECK(here.idle());
            // An idle connection has its own timer.
            // A connection has timers for idleness, age and silence.
            CHECK(here.clock->armed() <= 3 * here.http->counts().connections);
        }
        here.pass(100s);
        CHECK(here.clock->armed() == 0);
    }
}

TEST_CASE("a client destroyed wherever its requests are ends them with client_closed")
{
    const bool http2 = any_version();
    for (const auto at : every_state) {
        INFO("state " << static_cast<int>(at));
        stopped_at world(at, http2);
        auto& here = world.here;
        error_code body_ec;
        if (at == state::body) {
            world.one.got.body().consume(4);
            world.one.got.body().async_wait([&](error_code ec) { body_ec = ec; });
        }
        here.http.reset();
        here.settle();
        CHECK(world.one.calls == 1);
        CHECK((at == state::body ? body_ec : world.one.ec) == errc::client_closed);
        CHECK(here.core->permits.held() == 0);
        CHECK(here.core->live.empty());
        CHECK(here.clock->armed() == 0);
        if (at == state::body) {
            REQUIRE(world.one.got.body().why() != nullptr);
            CHECK(world.one.got.body().why()->code == errc::client_closed);
        }
    }
}

TEST_CASE("a response may outlive its client, and still explains itself")
{
    client_world here(any_version(), client_options().body_limit(3));
    here.on_request = [](served& r) { r.answer("0123456789"); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    here.http.reset();
    here.core.reset();
    here.settle();
    CHECK(one.got.body().readable() == "0123456789");
    bool thrown = false;
    auto reader = [&]() -> asio::awaitable<void> {
        try {
            co_await one.got.body().collect();
        } catch (const aloft::error& e) {
            thrown = true;
            CHECK(e.why().code == errc::body_too_large);
            CHECK(e.why().origin == "http://server");
        }
    };
    asio::co_spawn(here.context, reader(), asio::detached);
    here.settle();
    CHECK(thrown);
}

TEST_CASE("an io_context destroyed under coroutines that own the client leaves nothing")
{
    const bool http2 = any_version();
    for (const auto at : {state::permit, state::dial, state::sent, state::body}) {
        auto in = std::make_unique<client_world>(
            http2, client_options().max_in_flight(at == state::permit ? 0 : 10));
        in->black_hole = at == state::dial;
        if (at == state::body)
            in->on_request = [](served& r) { r.begin(); };
        // The frame holds the client and the response; nobody holds the frame but what it awaits.
        auto owner = [](std::unique_ptr<client> mine) -> asio::awaitable<void> {
            auto got = co_await mine->send(request("GET", "http://server/"));
            co_await got.body().next();
        };
        asio::co_spawn(in->context, owner(std::move(in->http)), asio::detached);
        in->core.reset();
        in->settle();
        in->links.clear();
        in->on_connect = nullptr;
        // client_world's destructor would let the loop run on: only its context goes first.
        std::destroy_at(&in->context);
        std::construct_at(&in->context);
        in.reset();
    }
}

TEST_CASE("each clock ends a request with its own error, at its tick and not before")
{
    const bool http2 = any_version();
    struct row {
        deadlines limits;
        state at;
        errc code;
        phase during;
    };
    const std::vector<row> rows = {
        {deadlines().queue(700ms), state::permit, errc::queue_timeout, phase::queue},
        {deadlines().queue(700ms), state::slot, errc::queue_timeout, phase::queue},
        {deadlines().connect(700ms), state::dial, errc::connect_timeout, phase::connect},
        {deadlines().head(700ms), state::sent, errc::head_timeout, phase::head},
        {deadlines().total(700ms), state::sent, errc::total_timeout, phase::head},
        {deadlines().total(700ms), state::permit, errc::total_timeout, phase::queue},
    };
    for (const auto& one : rows) {
        INFO(make_error_code(one.code).message());
        client_world here(http2, client_options()
                                     .max_in_flight(one.at == state::permit ? 1 : 10)
                                     .max_connections(1)
                                     .max_replays(0));
        here.server_limits.streams = 1;
        outcome_of<response> other;
        outcome_of<response> late;
        if (one.at == state::permit || one.at == state::slot) {
            here.http->async_send(here.get(), other.handler());
            here.settle();
        }
        here.black_hole = one.at == state::dial;
        here.http->async_send(here.get().deadlines(one.limits), late.why, late.handler());
        here.settle();
        here.pass(699ms);
        CHECK(late.calls == 0);
        here.pass(1ms);
        CHECK(late.calls == 1);
        CHECK(late.ec == one.code);
        CHECK(late.why.phase == one.during);
        CHECK(late.why.initiator == initiator::aloft);
    }
}

TEST_CASE("an upload that the server takes no more of ends with flow_control_stalled")
{
    const bool http2 = any_version();
    client_world here(http2);
    here.server_limits.stream_window = 64 * 1024;
    here.servers_read = false;
    outcome_of<response> one;
    auto what = here.post(std::string(8 * 1024 * 1024, 'x'));
    what.deadlines(deadlines().head(700ms));
    here.http->async_send(std::move(what), one.why, one.handler());
    here.settle();
    here.pass(699ms);
    CHECK(one.calls == 0);
    here.pass(1ms);
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::flow_control_stalled);
    CHECK(one.why.initiator == initiator::aloft);
    CHECK(here.idle());
}

TEST_CASE("a server that offers no h2 where only HTTP/2 will do is no_common_protocol")
{
    client_world here(true);
    outcome_of<response> one;
    here.http->async_send(request("GET", "https://server/"), one.why, one.handler());
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::no_common_protocol);
    CHECK(one.why.phase == phase::tls);
    CHECK(one.why.processing == processing::never_sent);
    CHECK(here.idle());
}

TEST_CASE("a response destroyed on another thread is let go of on the client's executor")
{
    client_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    std::thread([held = std::move(one.got)] {}).join();
    CHECK(here.http->counts().in_flight == 1); // until the executor runs
    here.settle();
    CHECK(here.last().over());
    CHECK(here.idle());
}

TEST_CASE("what a cancelled body lent goes back on the client's executor, wherever it is let go of")
{
    client_world here(any_version());
    here.on_request = [](served& r) {
        r.begin();
        r.write("lent");
    };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    REQUIRE(one.got.body().readable() == "lent");
    one.got.body().cancel();
    here.settle();
    REQUIRE(here.core->buffers.bytes_in_use() != 0);
    std::thread([held = std::move(one.got)] {}).join();
    CHECK(here.core->buffers.bytes_in_use() != 0); // until the executor runs
    here.settle();
    CHECK(here.core->buffers.bytes_in_use() == 0);
    CHECK(here.idle());
}

TEST_CASE("what a closed client leaves behind may go on another thread while its loop runs")
{
    asio::io_context loop;
    auto busy = asio::make_work_guard(loop);
    std::thread running([&] { loop.run(); });
    for (int i = 0; i < 20; ++i) {
        std::promise<std::shared_ptr<timer_service>> closed;
        auto left = closed.get_future();
        asio::steady_timer sooner(loop, asio::steady_timer::time_point::min());
        asio::post(loop, [&, closed = std::move(closed)]() mutable {
            auto timers = std::make_shared<asio_timers>(loop.get_executor());
            timer_entry entry([](timer_entry&) {});
            const auto begun = timers->update();
            timers->arm(entry, begun + 1);
            while (timers->update() <= begun + 1) {
            }
            // Both are due now: when this one runs, the wake-up of the other is queued already.
            sooner.async_wait([closed = std::move(closed), timers](error_code) mutable {
                timers->rest();
                closed.set_value(std::move(timers));
            });
        });
        left.get().reset(); // the last of it
    }
    busy.reset();
    running.join();
}

TEST_CASE("the connect clock does not run while a request waits for its permit")
{
    client_world here(any_version(), client_options().max_in_flight(1));
    here.black_hole = false;
    outcome_of<response> first;
    outcome_of<whole_response> second;
    here.http->async_send(here.get(), first.handler());
    here.settle();
    here.http->async_fetch(here.get().url("http://elsewhere/"), second.handler());
    here.pass(60s);
    CHECK(second.calls == 0);
    here.last().answer("a");
    here.settle();
    first.got = response();
    here.settle();
    here.on_request = [](served& r) { r.answer("ok"); };
    here.last().answer("b");
    here.settle();
    CHECK(second.calls == 1);
    CHECK_FALSE(second.ec);
}

TEST_CASE("first event and gap are counted from the head and from the last bytes")
{
    client_world here(any_version(),
                      client_options().deadlines(deadlines().first_event(5s).gap(2s)));
    here.on_request = [](served& r) { r.begin(); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    error_code ec;
    int calls = 0;
    const auto wait = [&] {
        one.got.body().consume(one.got.body().readable().size());
        one.got.body().async_wait([&](error_code with) {
            ++calls;
            ec = with;
        });
        here.settle();
    };
    wait();
    here.pass(4999ms);
    CHECK(calls == 0);
    SECTION("no byte at all is a first_event_timeout")
    {
        here.pass(1ms);
        CHECK(ec == errc::first_event_timeout);
    }
    SECTION("silence after bytes is a gap_timeout")
    {
        here.last().write("x");
        here.settle();
        CHECK(calls == 1);
        wait();
        here.pass(1999ms);
        here.last().write("y");
        here.settle();
        CHECK(calls == 2);
        wait();
        here.pass(1999ms);
        CHECK(calls == 2);
        here.pass(1ms);
        CHECK(calls == 3);
        CHECK(ec == errc::gap_timeout);
        CHECK(one.got.body().why()->processing == processing::partly_delivered);
        CHECK(one.got.body().why()->bytes_delivered == 2);
    }
    SECTION("bytes that lie unread are not the server's fault")
    {
        here.last().write("x");
        here.settle();
        here.pass(60s);
        CHECK_FALSE(one.got.body().why());
        wait(); // the reader has caught up: the server's time begins
        here.pass(1999ms);
        CHECK(calls == 1);
        here.pass(1ms);
        CHECK(calls == 2);
        CHECK(ec == errc::gap_timeout);
    }
    SECTION("waiting in slices does not put the gap off")
    {
        here.last().write("x");
        here.settle();
        one.got.body().consume(1);
        for (int i = 0; i < 4; ++i) {
            asio::cancellation_signal stop;
            one.got.body().async_wait(asio::bind_cancellation_slot(stop.slot(), [](error_code) {}));
            here.pass(499ms);
            stop.emit(asio::cancellation_type::total);
            here.settle();
        }
        wait();
        here.pass(4ms);
        CHECK(ec == errc::gap_timeout);
    }
    one.got = response();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("a healthy stream is never cut by default")
{
    client_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    for (int i = 0; i < 100; ++i) {
        here.pass(599s);
        here.last().write("x");
        here.settle();
        REQUIRE(one.got.body().readable() == "x");
        one.got.body().consume(1);
    }
    CHECK_FALSE(one.got.body().why());
}

TEST_CASE("more requests than may wait end with queue_full (max_in_flight, max_waiting)")
{
    client_world here(any_version(), client_options().max_in_flight(1).max_waiting(1));
    here.on_request = [](served& r) { r.answer("ok"); };
    std::vector<outcome_of<whole_response>> all(3);
    for (auto& one : all)
        here.http->async_fetch(here.get(), one.why, one.handler());
    CHECK(all[2].calls == 0); // never inline
    here.settle();
    CHECK_FALSE(all[0].ec);
    CHECK_FALSE(all[1].ec);
    CHECK(all[2].ec == errc::queue_full);
    CHECK(all[2].why.processing == processing::never_sent);
    CHECK(here.idle());
}

TEST_CASE("a policy prepares each attempt, retries after a while, and goes before those who wait")
{
    class twice final : public attempt_policy {
    public:
        void prepare(unsigned number, request& what) override
        {
            if (number == 2)
                what.url("http://other/second");
        }
        verdict judge(unsigned status, const fields&, std::string_view body, bool ended) override
        {
            if (status == 503)
                return stubborn::after(300ms);
            if (body == "bad")
                return verdict::fail(errc::unexpected_content, "bad");
            return body.size() < 4 && !ended ? verdict::more() : verdict::deliver();
        }
        verdict judge(const failure& why) override { return verdict::fail(why.code, why.detail); }
    };
    client_world here(any_version(), client_options().max_in_flight(1));
    here.on_request = [](served& r) { r.answer("no", 503); };
    outcome_of<response> one;
    send_with(here, here.get(), std::make_unique<twice>(), &one.why, one.handler());
    here.settle();
    CHECK(here.http->counts().in_flight == 0);
    here.on_request = nullptr;
    std::vector<outcome_of<whole_response>> others(2);
    for (auto& other : others)
        here.http->async_fetch(here.get(), other.handler());
    here.settle();
    CHECK(here.http->counts().in_flight == 1);
    CHECK(here.http->counts().queued == 1);
    here.pass(299ms);
    CHECK(here.http->counts().queued == 1);
    here.pass(31ms); // up to a tenth later
    CHECK(here.http->counts().queued == 2);
    here.last().answer("ok");
    here.settle();
    CHECK(others[0].calls == 1);
    CHECK(here.last().header(":path") == "/second"); // before the other one who waits
    CHECK(others[1].calls == 0);
    here.last().begin();
    here.last().write("a");
    here.settle();
    CHECK(one.calls == 0); // more
    SECTION("deliver")
    {
        here.last().write("bcd");
        here.settle();
        CHECK(one.calls == 1);
        CHECK(one.got.attempts() == 2);
        CHECK(one.got.body().readable() == "abcd");
        one.got = response();
    }
    here.http.reset();
    here.settle();
}

TEST_CASE("a policy may fail a request with an error of its own")
{
    class refusing final : public attempt_policy {
    public:
        void prepare(unsigned, request&) override {}
        verdict judge(unsigned, const fields&, std::string_view, bool) override
        {
            return verdict::fail(errc::http_status, "status 500");
        }
        verdict judge(const failure& why) override { return verdict::fail(why.code, why.detail); }
    };
    client_world here(any_version());
    here.on_request = [](served& r) { r.answer("no", 500); };
    outcome_of<response> one;
    send_with(here, here.get(), std::make_unique<refusing>(), &one.why, one.handler());
    here.settle();
    CHECK(one.ec == errc::http_status);
    CHECK(one.why.detail == "status 500");
    CHECK(one.why.initiator == initiator::peer);
    CHECK(here.idle());
}

TEST_CASE("a stream reset by the server ends with an error that names its HTTP/2 error code")
{
    const auto [code, name] =
        GENERATE(values<std::pair<std::uint32_t, std::string>>({{1, "PROTOCOL_ERROR"},
                                                                {2, "INTERNAL_ERROR"},
                                                                {8, "CANCEL"},
                                                                {0xb, "ENHANCE_YOUR_CALM"},
                                                                {0x77, "119"}}));
    const bool answered = GENERATE(false, true);
    CAPTURE(name, answered);
    client_world here(true);
    here.on_request = [&, code = code](served& r) {
        if (answered)
            r.begin();
        here.settle();
        r.reset(code);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    CHECK(one.ec == errc::stream_reset);
    CHECK(one.why.http2_code == code);
    CHECK(one.why.detail == name);
    CHECK(one.why.message().find(": " + name) != std::string::npos);
    CHECK(one.why.initiator == initiator::peer);
    CHECK(here.seen.size() == 1); // a POST that the server may have carried out
    CHECK(here.idle());
}

TEST_CASE("a stream reset by the server tells its code, after what came before is read")
{
    client_world here(true);
    here.on_request = [](served& r) {
        r.begin();
        r.write("part");
    };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    here.last().reset(2);
    here.settle();
    error_code ec;
    one.got.body().async_wait([&](error_code with) { ec = with; });
    here.settle();
    CHECK_FALSE(ec);
    CHECK(one.got.body().readable() == "part");
    one.got.body().consume(4);
    one.got.body().async_wait([&](error_code with) { ec = with; });
    here.settle();
    CHECK(ec == errc::stream_reset);
    REQUIRE(one.got.body().why() != nullptr);
    CHECK(one.got.body().why()->http2_code == 2);
    CHECK(one.got.body().why()->bytes_delivered == 4);
    CHECK(one.got.body().why()->initiator == initiator::peer);
    CHECK(here.idle());
}

TEST_CASE(
    "a cancelled upload that the server takes no byte of ends its HTTP/1.1 connection at once")
{
    client_world here(false);
    here.on_connect = [](net::pipe_transport& near, net::pipe_transport&) {
        near.set_write_credit(100);
    };
    outcome_of<whole_response> one;
    boost::asio::cancellation_signal stop;
    here.http->async_fetch(here.post(std::string(100'000, 'u')), one.why,
                           boost::asio::bind_cancellation_slot(stop.slot(), one.handler()));
    here.settle();
    REQUIRE(here.http->counts().connections == 1);
    stop.emit(boost::asio::cancellation_type::terminal);
    here.settle();
    CHECK(one.calls == 1);
    CHECK(here.http->counts().connections == 0);
    CHECK(here.idle());
}

TEST_CASE("an answer before the upload ends an HTTP/1.1 connection that takes no more bytes")
{
    client_world here(false);
    here.at_head = true;
    here.on_request = [](served& r) { r.answer("enough"); };
    here.on_connect = [](net::pipe_transport& near, net::pipe_transport&) {
        near.set_write_credit(1'000);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post(std::string(100'000, 'u')), one.why, one.handler());
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.got.body() == "enough");
    CHECK(here.http->counts().connections == 0);
    CHECK(here.idle());
}

TEST_CASE("an HTTP/1.1 server that takes no byte for write_stall is given up")
{
    client_world here(false, client_options().write_stall(std::chrono::seconds(30)));
    here.on_connect = [](net::pipe_transport& near, net::pipe_transport&) {
        near.set_write_credit(1'000);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post(std::string(100'000, 'u')), one.why, one.handler());
    here.settle();
    here.clock->advance(std::chrono::seconds(29));
    here.settle();
    CHECK(one.calls == 0);
    here.clock->advance(std::chrono::seconds(2));
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::write_stalled);
    CHECK(one.why.detail == "the server took no byte for 30 s");
    CHECK(one.why.processing == processing::maybe);
    CHECK(here.idle());
}
