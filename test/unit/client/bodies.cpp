#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <type_traits>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

response open(client_world& in, request what)
{
    outcome_of<response> one;
    in.http->async_send(std::move(what), one.handler());
    in.settle();
    REQUIRE(one.calls == 1);
    REQUIRE_FALSE(one.ec);
    return std::move(one.got);
}

whole_response fetch(client_world& in, request what)
{
    outcome_of<whole_response> one;
    in.http->async_fetch(std::move(what), one.handler());
    in.settle();
    REQUIRE(one.calls == 1);
    REQUIRE_FALSE(one.ec);
    return std::move(one.got);
}

/// A source that is given its bytes by hand.
class fed_source final : public body_source {
public:
    void feed(std::string bytes)
    {
        pending_ += bytes;
        resume();
    }
    void finish()
    {
        after_ = state::last;
        resume();
    }
    void give_up()
    {
        after_ = state::failed;
        resume();
    }
    run peek() override { return {pending_, after_}; }
    void advance(std::size_t count) override { pending_.erase(0, count); }
    [[nodiscard]] const fields* trailers() const override { return &after; }

    fields after;

private:
    std::string pending_;
    state after_ = state::more;
};

} // namespace

TEST_CASE("a request carries its fields and the client's, and a response its own")
{
    client_world here(any_version(),
                      client_options().header("user-agent", "ours").header("a", "1"));
    here.on_request = [](served& r) {
        r.head.add("x-answer", "yes");
        r.answer(std::string(r.header("user-agent")) + "/" + std::string(r.header("a")) + "/" +
                     std::string(r.header("b")) + "/" + std::string(r.header(":path")) + "/" +
                     std::string(r.header("content-length")) + "/" + r.body,
                 201);
    };
    const auto got = fetch(here, here.post("text").header("a", "2").header("b", "3"));
    CHECK(got.status() == 201);
    CHECK(got.body() == "ours/2/3///4/text");
    CHECK(got.headers().get("x-answer") == "yes");
    CHECK(here.idle());
}

TEST_CASE("a body of several segments arrives in order, larger than windows and pipes")
{
    client_world here(any_version());
    here.pipe_capacity = 5000;
    here.on_request = [](served& r) { r.answer(std::move(r.body)); };
    payload segments;
    std::string all;
    for (int i = 0; i < 40; ++i) {
        segments.append(
            std::string(static_cast<std::size_t>(1 + i * 997), static_cast<char>('a' + i % 26)));
        all += std::string(static_cast<std::size_t>(1 + i * 997), static_cast<char>('a' + i % 26));
    }
    request what("POST", "http://server/");
    what.body(segments);
    CHECK(fetch(here, what).body() == all);
    CHECK(here.idle());
}

TEST_CASE("a body that nobody reads is held as far as its window goes, whatever reads might bring")
{
    session_limits limits;
    limits.stream_window = 256 * 1024;
    client_world here(any_version(), client_options().limits(limits).decompress(false));
    here.pipe_capacity = 4 * 1024 * 1024;
    here.on_request = [](served& r) { r.answer(std::string(3 * 1024 * 1024, 'x')); };
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    CHECK(one.got.body().readable().size() >= 256 * 1024 - 1);
    CHECK(one.got.body().readable().size() <= (256 + 64) * 1024);
}

TEST_CASE("a small stream window and body limit still let a body through (stream_window)")
{
    const bool http2 = any_version();
    session_limits limits;
    limits.stream_window = 1000;
    client_world here(http2, client_options().limits(limits));
    here.on_request = [](served& r) { r.answer(std::string(300'000, 'x')); };
    CHECK(fetch(here, here.get()).body().size() == 300'000);
    auto streamed = open(here, here.get());
    std::size_t total = 0;
    while (!streamed.body().ended()) {
        CHECK((!http2 || streamed.body().readable().size() <= 1000));
        total += streamed.body().readable().size();
        streamed.body().consume(streamed.body().readable().size());
        here.settle();
    }
    CHECK(total == 300'000);
}

TEST_CASE(
    "windows that shrink with the number of streams bring no stream to rest (connection_memory)")
{
    session_limits limits;
    limits.connection_memory = 16 * 16 * 1024;
    client_world here(true, client_options().limits(limits));
    std::vector<outcome_of<response>> all(16);
    for (auto& one : all)
        here.http->async_send(here.get(), one.handler());
    here.settle(); // the server knows the smaller windows before it sends
    for (auto* one : here.seen)
        one->answer(std::string(100'000, 'x'));
    here.settle();
    std::size_t total = 0;
    for (auto& one : all) {
        auto& body = one.got.body();
        for (int rounds = 0; !body.ended() && rounds < 1000; ++rounds) {
            const auto count = std::min<std::size_t>(body.readable().size(), 700);
            body.consume(count);
            total += count;
            here.settle();
        }
    }
    CHECK(total == 1'600'000);
    all.clear();
    CHECK(here.idle());
}

TEST_CASE("a body that is gathered under windows that shrank comes whole (connection_memory)")
{
    session_limits limits;
    limits.connection_memory = 16 * 16 * 1024;
    client_world here(true, client_options().limits(limits));
    std::vector<outcome_of<whole_response>> all(16);
    for (auto& one : all)
        here.http->async_fetch(here.get(), one.handler());
    here.settle(); // the server knows the smaller windows before it sends
    for (auto* one : here.seen)
        one->answer(std::string(100'000, 'x'));
    here.settle();
    for (const auto& one : all)
        CHECK(one.got.body().size() == 100'000);
    CHECK(here.idle());
}

TEST_CASE("a body beyond its limit ends with body_too_large, of the request or of the client "
          "(body_limit)")
{
    const bool http2 = any_version();
    const bool streamed = GENERATE(true, false);
    client_world here(http2, client_options().body_limit(1000));
    here.on_request = [](served& r) {
        r.begin();
        r.write(std::string(5000, 'x'));
    };
    outcome_of<whole_response> one;
    outcome_of<std::string> rest;
    response got;
    if (streamed) {
        got = open(here, here.get());
        got.body().async_collect(rest.handler());
        here.settle();
        CHECK(rest.calls == 0); // less than a piece; the limit is looked at when one is taken
        here.last().end();
        here.settle();
        CHECK(rest.ec == errc::body_too_large);
        REQUIRE(got.body().why() != nullptr);
        CHECK(got.body().why()->initiator == initiator::aloft);
    } else {
        here.http->async_fetch(here.get(), one.why, one.handler());
        here.settle();
        here.last().end();
        here.settle();
        CHECK(one.ec == errc::body_too_large);
    }
    got = response();
    here.settle();
    CHECK(here.idle());
    here.on_request = [](served& r) { r.answer(std::string(5000, 'x')); };
    CHECK(fetch(here, here.get().body_limit(5000)).body().size() == 5000);
}

TEST_CASE("async_read_some reads to eof, and trailers stand behind the body")
{
    const bool http2 = any_version();
    client_world here(http2);
    here.at_head = true;
    auto source = std::make_shared<fed_source>();
    source->after.add("x-sum", "7");
    request what("POST", "http://server/");
    what.body(source);
    outcome_of<whole_response> sent;
    here.http->async_fetch(what, sent.handler());
    here.settle();
    source->feed("one ");
    here.settle();
    CHECK(here.last().body == "one ");
    here.pass(300s); // a pause of the caller is no failure
    here.pass(400s);
    source->feed("two");
    here.settle();
    source->finish();
    here.settle();
    CHECK(here.last().body == "one two");
    CHECK(here.last().whole());
    REQUIRE(here.last().carried.trailers != nullptr);
    CHECK(here.last().carried.trailers->get("x-sum") == "7");
    here.last().answer("some bytes");
    here.settle();
    CHECK(sent.got.body() == "some bytes");

    here.on_request = [](served& r) { r.answer("0123456789"); };
    auto got = open(here, here.get());
    std::string all;
    error_code ec;
    while (!ec) {
        std::array<char, 4> piece; // NOLINT
        got.body().async_read_some(asio::buffer(piece), [&](error_code with, std::size_t count) {
            ec = with;
            all.append(piece.data(), count);
        });
        here.settle();
    }
    CHECK(ec == asio::error::eof);
    CHECK(all == "0123456789");
    CHECK(got.body().ended());
    CHECK(here.idle());
}

TEST_CASE("a source that gives up ends the request with upload_failed")
{
    client_world here(any_version());
    here.at_head = true;
    auto source = std::make_shared<fed_source>();
    request what("POST", "http://server/");
    what.body(source);
    outcome_of<whole_response> one;
    here.http->async_fetch(what, one.why, one.handler());
    here.settle();
    source->feed("part");
    here.settle();
    source->give_up();
    here.settle();
    CHECK(one.calls == 1);
    CHECK(one.ec == errc::upload_failed);
    CHECK(one.why.initiator == initiator::caller);
    CHECK(here.idle());
}

TEST_CASE("what is borrowed from a body stays where it is until it is consumed")
{
    client_world here(any_version());
    here.on_request = [](served& r) {
        r.begin();
        r.write("borrowed");
    };
    auto got = open(here, here.get());
    here.settle();
    const auto view = got.body().readable();
    REQUIRE(view == "borrowed");
    for (int i = 0; i < 50; ++i) {
        here.last().write(std::string(1000, 'x'));
        here.settle();
    }
    CHECK(view == "borrowed");
    got.body().consume(8);
    CHECK(got.body().readable().size() == 50'000);
}

TEST_CASE("a wait that is given up loses nothing, whatever it was for")
{
    client_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    auto got = open(here, here.get());
    auto& body = got.body();
    std::string all;
    const auto take = [&] {
        all.append(body.readable());
        body.consume(body.readable().size());
    };
    asio::cancellation_signal stop;
    error_code ec;
    body.async_wait(asio::bind_cancellation_slot(stop.slot(), [&](error_code with) { ec = with; }));
    here.settle();
    stop.emit(asio::cancellation_type::terminal);
    here.last().write("a");
    here.settle();
    CHECK(ec == asio::error::operation_aborted);
    take();
    std::array<char, 8> piece; // NOLINT
    body.async_read_some(asio::buffer(piece),
                         asio::bind_cancellation_slot(
                             stop.slot(), [&](error_code with, std::size_t) { ec = with; }));
    here.settle();
    ec = {};
    stop.emit(asio::cancellation_type::partial);
    here.last().write("b");
    here.settle();
    CHECK(ec == asio::error::operation_aborted);
    take();
    ec = {};
    body.async_collect(asio::bind_cancellation_slot(
        stop.slot(), [&](error_code with, const std::string&) { ec = with; }));
    here.last().write(std::string(200'000, 'c'));
    here.settle();
    stop.emit(asio::cancellation_type::total);
    here.settle();
    CHECK(ec == asio::error::operation_aborted);
    here.last().write("d");
    here.last().end();
    here.settle();
    outcome_of<std::string> rest;
    body.async_collect(rest.handler());
    here.settle();
    CHECK_FALSE(rest.ec);
    CHECK(all + rest.got == "ab" + std::string(200'000, 'c') + "d");
    CHECK(here.idle());
}

TEST_CASE("next() || timer keeps every byte, as awaitables and with operators")
{
    using namespace asio::experimental::awaitable_operators;
    client_world here(any_version());
    here.on_request = [](served& r) { r.begin(); };
    std::string all;
    bool done = false;
    int rounds = 0;
    using timer = asio::steady_timer;
    timer tick(here.context);
    auto reader = [&]() -> asio::awaitable<void> {
        request what("GET", "http://server/");
        auto got = co_await here.http->send(std::move(what));
        for (bool more = true; more; ++rounds) {
            tick.expires_at(rounds % 2 == 0 ? timer::time_point::min() : timer::time_point::max());
            auto either = co_await (got.body().next() || tick.async_wait(asio::use_awaitable));
            if (const auto* bytes = std::get_if<0>(&either)) {
                all.append(*bytes);
                more = !bytes->empty();
            }
        }
        done = true;
    };
    asio::co_spawn(here.context, reader(), asio::detached);
    here.settle();
    std::string sent;
    for (int i = 0; i < 20; ++i) {
        here.last().write("piece " + std::to_string(i));
        sent += "piece " + std::to_string(i);
        here.settle();
    }
    here.last().end();
    here.settle();
    CHECK(done);
    CHECK(rounds > 10);
    CHECK(all == sent);
    CHECK(here.idle());
}

// GCC 12 destroys a temporary aggregate twice inside a co_await operand.
template <class... Argument>
constexpr bool no_aggregates = (!std::is_aggregate_v<Argument> && ...);
static_assert(no_aggregates<request, payload, fields, url, deadlines, client_options, tls_options,
                            asio::mutable_buffer, std::shared_ptr<body_source>>);

TEST_CASE("every public function of the client may be awaited with temporaries")
{
    client_world here(any_version());
    here.on_request = [](served& r) { r.answer("answer"); };
    int done = 0;
    auto caller = [&]() -> asio::awaitable<void> {
        auto& http = *here.http;
        CHECK((co_await http.get("http://server/")).body() == "answer");
        CHECK((co_await http.get(std::string("http://server/a/long/path/beyond/small/strings")))
                  .body() == "answer");
        CHECK((co_await http.post("http://server/", std::string(100, 'x'))).status() == 200);
        CHECK((co_await http.post("http://server/", std::string(100, 'x'), "text/plain")).ok());
        CHECK((co_await http.fetch(request("GET", "http://server/"))).ok());
        CHECK((co_await http.fetch(request("POST", "http://server/")
                                       .header("accept", std::string(50, 'y'))
                                       .body(std::string(100, 'x'))
                                       .deadlines(deadlines().total(5s))))
                  .ok());
        auto got = co_await http.send(request("GET", "http://server/").body(payload("text")));
        const auto text = co_await got.body().collect();
        CHECK(text == "answer");
        auto two = co_await http.async_send(request("GET", "http://server/"), asio::use_awaitable);
        const auto piece = co_await two.body().next();
        CHECK(piece == "answer");
        const auto last = co_await two.body().next();
        CHECK(last.empty());
        failure why;
        auto three =
            co_await http.async_fetch(request("GET", "http://server/"), why, asio::use_awaitable);
        CHECK(three.ok());
        auto four = co_await http.async_send(
            request("POST", std::string("http://server/") + std::string(50, 'p'))
                .headers(fields())
                .body(payload(std::string(100, 'x'))),
            why, asio::use_awaitable);
        co_await four.body().async_wait(asio::use_awaitable);
        std::array<char, 3> start; // NOLINT
        const auto count =
            co_await four.body().async_read_some(asio::buffer(start), asio::use_awaitable);
        CHECK(count == 3);
        const auto rest = co_await four.body().async_collect(asio::use_awaitable);
        CHECK(rest == "wer");
        semaphore limit(here.context.get_executor(), 1);
        auto held = co_await limit.async_acquire(asio::use_awaitable);
        CHECK(held);
        CHECK_THROWS_AS(co_await http.get("not a url"), aloft::error);
        got = response();
        two = response();
        co_await http.async_close(time_limit(5s), asio::use_awaitable);
        co_await http.close(5s);
        ++done;
    };
    asio::co_spawn(here.context, caller(), asio::detached);
    here.settle();
    CHECK(done == 1);
    CHECK(here.idle());
}

TEST_CASE(
    "a handler that throws leaves run(), and the others of its read are told in the next turn")
{
    client_world here(true);
    struct thrown {};
    int told = 0;
    for (int i = 0; i < 5; ++i) {
        here.http->async_fetch(here.get(), [&](error_code ec, const whole_response&) {
            CHECK_FALSE(ec);
            if (++told == 2)
                throw thrown();
        });
    }
    here.settle();
    REQUIRE(here.seen.size() == 5);
    for (auto* one : here.seen)
        one->answer("ok");
    CHECK_THROWS_AS(here.settle(), thrown);
    CHECK(told == 2);
    here.settle();
    CHECK(told == 5);
    CHECK(here.idle());
    here.on_request = [](served& r) { r.answer("again"); };
    CHECK(fetch(here, here.get()).body() == "again"); // the connection lives on
    CHECK(here.dials == 1);
}
