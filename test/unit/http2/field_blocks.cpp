#include "harness.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

using namespace aloft;
using namespace aloft::test;

namespace {

session_limits roomy()
{
    session_limits limits;
    limits.header_list = 200'000;
    return limits;
}

/// A client, and a server that reads what it sends.
struct line {
    line()
    {
        exchange_bytes(client, server);
        client.take_news();
    }
    ~line()
    {
        for (auto& each : calls) {
            if (each.e.carrier != nullptr)
                client.abandon(each.e, h2::cancel);
        }
    }

    call& submit(fields request, body_source* body = nullptr)
    {
        calls.emplace_back(pool, std::move(request), body);
        REQUIRE_FALSE(client.submit(calls.back().e));
        return calls.back();
    }
    /// What the server read of the request that came last.
    [[nodiscard]] fields heard() const
    {
        REQUIRE_FALSE(accept.calls.empty());
        return accept.calls.back()->e.head;
    }

    buffer_pool pool;
    std::deque<call> calls;
    acceptor accept;
    http2::client_session client{roomy()};
    http2::server_session server{roomy(), accept};
};

bool same(const fields& a, const fields& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.name == y.name && x.value == y.value;
    });
}

fields numbered(int i)
{
    auto request = post_request();
    request.add("idempotency-key", std::to_string(i));
    return request;
}

} // namespace

TEST_CASE("heads that are alike arrive as they were, and cost few bytes")
{
    line l;
    for (int i = 0; i < 20; ++i) {
        l.submit(numbered(i));
        const auto bytes = produced(l.client);
        feed(l.server, bytes);
        REQUIRE(same(l.heard(), numbered(i)));
        if (i > 3) {
            REQUIRE(bytes.size() < 9 + 30);
        }
    }
}

TEST_CASE("a request that is taken back before it is written has no effect on those behind")
{
    session_limits limits = roomy();
    limits.streams_before_settings = 10;
    http2::client_session client(limits);
    acceptor accept;
    http2::server_session server(roomy(), accept);
    buffer_pool pool;

    call gone(pool, numbered(1));
    REQUIRE_FALSE(client.submit(gone.e));
    // The preface goes first, and fills what there is room for: the request lies in nghttp2.
    feed(server, produced(client, 1));
    CHECK(gone.e.sent == progress::unsent);
    CHECK(gone.e.stream == 1);
    client.abandon(gone.e, h2::cancel);

    std::deque<call> calls;
    for (int i = 0; i < 5; ++i) {
        calls.emplace_back(pool, numbered(10 + i));
        REQUIRE_FALSE(client.submit(calls.back().e));
        while (client.wants_write())
            feed(server, produced(client, 1));
        REQUIRE_FALSE(accept.calls.empty());
        CHECK(same(accept.calls.back()->e.head, numbered(10 + i)));
    }
    CHECK(accept.calls.size() == 5);
    for (auto& each : calls)
        client.abandon(each.e, h2::cancel);
}

TEST_CASE("a head larger than a frame goes on in CONTINUATION")
{
    line l;
    for (const std::size_t size : {16'000U, 17'000U, 40'000U, 65'000U}) {
        auto request = get_request();
        request.add("cookie", std::string(size, '\xff')); // coded as it is
        l.submit(request);
        auto bytes = produced(l.client);
        feed(l.server, bytes);
        CHECK(same(l.heard(), request));
        const auto frames = h2::take_frames(bytes);
        REQUIRE(frames.size() == size / 16384 + 1);
        CHECK(frames.front().type == h2::HEADERS);
        CHECK((frames.front().flags & h2::end_stream) != 0);
        CHECK(count_of(frames, h2::CONTINUATION) == frames.size() - 1);
        l.submit(get_request());
        feed(l.server, produced(l.client));
        CHECK(same(l.heard(), get_request()));
    }
}

TEST_CASE("a head of more than 64 KiB is refused, and the next is sent")
{
    line l;
    auto request = get_request();
    request.add("cookie", std::string(70'000, 'c'));
    const auto& refused = l.submit(request);
    l.submit(numbered(1));
    feed(l.server, produced(l.client));
    CHECK(refused.e.error == errc::invalid_request);
    CHECK(l.accept.calls.size() == 1);
    CHECK(same(l.heard(), numbered(1)));
}

TEST_CASE("trailers are part of what the peer's table is made of")
{
    line l;
    std::deque<fed_source> bodies;
    for (int i = 0; i < 8; ++i) {
        auto& body = bodies.emplace_back("body");
        body.behind.add("x-digest", "digest-" + std::to_string(i % 3));
        body.behind.add("x-always", "the same");
        l.submit(numbered(i), &body);
        exchange_bytes(l.client, l.server);
        REQUIRE(same(l.heard(), numbered(i)));
        REQUIRE(l.accept.calls.back()->e.trailers != nullptr);
        REQUIRE(same(*l.accept.calls.back()->e.trailers, body.behind));
    }
}

TEST_CASE("trailers behind a response that has ended are sent whole")
{
    line l;
    fed_source body("body", body_source::state::more);
    body.behind.add("x-digest", "abc");
    auto& c = l.submit(numbered(1), &body);
    exchange_bytes(l.client, l.server);
    REQUIRE_FALSE(l.server.respond(l.accept.calls.back()->e, response_head()));
    exchange_bytes(l.client, l.server);
    CHECK(c.e.incoming_ended);
    body.feed("", body_source::state::last);
    l.client.resume_body(c.e);
    exchange_bytes(l.client, l.server);
    CHECK(c.e.closed);
    REQUIRE(l.accept.calls.back()->e.trailers != nullptr);
    CHECK(same(*l.accept.calls.back()->e.trailers, body.behind));
    l.submit(numbered(2));
    exchange_bytes(l.client, l.server);
    CHECK(same(l.heard(), numbered(2)));
}

TEST_CASE("a request that ends before its trailers are written leaves none")
{
    line l;
    for (int i = 0; i < 4; ++i) {
        fed_source body("body", body_source::state::more);
        body.behind.add("x-digest", "abc");
        auto& c = l.submit(numbered(i), &body);
        exchange_bytes(l.client, l.server);
        body.feed("more", body_source::state::last);
        l.client.resume_body(c.e);
        feed(l.server, produced(l.client, 1)); // DATA; the trailers may wait in nghttp2
        l.client.abandon(c.e, h2::cancel);
        exchange_bytes(l.client, l.server);
    }
    l.submit(numbered(9));
    exchange_bytes(l.client, l.server);
    CHECK(same(l.heard(), numbered(9)));
}

TEST_CASE("a response to HEAD may tell a length that it does not have")
{
    client_trace t;
    auto request = get_request();
    request.set(":method", "HEAD");
    for (int i = 0; i < 3; ++i) {
        auto& c = t.open(request);
        feed(t.s, h2::headers(c.e.stream, {{":status", "200"}, {"content-length", "10"}}, true));
        CHECK_FALSE(c.e.error.failed());
        CHECK(c.e.incoming_ended);
    }
    auto& other = t.open(get_request());
    feed(t.s, h2::headers(other.e.stream, {{":status", "200"}, {"content-length", "10"}}, true));
    CHECK(other.e.error.failed());
}

TEST_CASE("the server's SETTINGS_HEADER_TABLE_SIZE is kept to, and told of")
{
    client_trace t;
    const auto block_of = [&](int i) {
        t.add(numbered(i));
        REQUIRE_FALSE(t.s.submit(t.calls.back()->e));
        const auto frames = produced_frames(t.s);
        const auto* head = find(frames, h2::HEADERS);
        REQUIRE(head != nullptr);
        return head->payload;
    };
    block_of(1);
    block_of(1);
    const auto before = block_of(1);
    feed(t.s, h2::settings({{h2::header_table_size, 0}}));
    const auto at_once = block_of(1);
    CHECK(at_once[0] == '\x20'); // a table of 0 bytes
    CHECK(at_once.size() > before.size());
    CHECK(block_of(1) == at_once.substr(1));
    feed(t.s, h2::settings({{h2::header_table_size, 10}, {h2::header_table_size, 100'000}}));
    CHECK(block_of(1).substr(0, 4) == "\x2a\x3f\xe1\x1f"); // 10, then 4096
    block_of(1);
    CHECK(block_of(1).size() == before.size());
}
