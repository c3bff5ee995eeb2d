#include "support/catch.hpp"
#include "support/client_world.hpp"
#include "support/frames.hpp"

#include <string>

// Servers that say just enough to seem alive. Each clock counts what it is named for, and nothing
// else puts it off.
using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

/// One request to a server whose bytes the test writes itself.
struct dripped {
    explicit dripped(bool http2) :
        here(http2, client_options().deadlines(deadlines().head(10s).first_event(10s).gap(10s)))
    {
        here.on_connect = [this](net::pipe_transport&, net::pipe_transport& far) { wire = &far; };
        here.http->async_send(here.get(), one.why, one.handler());
        here.settle();
    }

    void write(std::string_view bytes)
    {
        error_code ec;
        REQUIRE(wire->try_write({bytes.data(), bytes.size()}, ec) == bytes.size());
        here.settle();
    }
    /// A piece of `bytes` each half second, from the front again where they end; how long until the
    /// request, or the body, failed.
    milliseconds drip(const std::string& bytes, std::size_t piece)
    {
        std::size_t at = 0;
        for (auto passed = 0ms; passed < 60s; passed += 500ms) {
            if (one.calls != 0 && one.got.body().why() != nullptr)
                return passed;
            if (one.calls != 0 && one.ec)
                return passed;
            const auto part = std::string_view(bytes).substr(at, piece);
            write(part);
            at = (at + part.size()) % bytes.size();
            here.pass(500ms);
        }
        return 60s;
    }
    [[nodiscard]] error_code body_error() const
    {
        const auto* why = one.got.body().why();
        return why == nullptr ? error_code() : why->code;
    }

    client_world here;
    net::pipe_transport* wire = nullptr;
    outcome_of<response> one;
};

} // namespace

TEST_CASE("a head that drips in ends with head_timeout, interim responses or not")
{
    const std::string endless = "HTTP/1.1 200 OK\r\nx: " + std::string(1'000, 'y');
    dripped http1(false);
    CHECK(http1.drip(endless, 1) == 10s);
    CHECK(http1.one.ec == errc::head_timeout);

    dripped interim(false);
    CHECK(interim.drip("HTTP/1.1 102 Processing\r\n\r\n", 5) == 10s);
    CHECK(interim.one.ec == errc::head_timeout);

    dripped http2(true);
    const auto list = h2::headers(1, {{":status", "200"}, {"x", std::string(1'000, 'y')}}, true);
    CHECK(http2.drip(list, 1) == 10s);
    CHECK(http2.one.ec == errc::head_timeout);

    dripped pinged(true);
    CHECK(pinged.drip(h2::ping(), 17) == 10s);
    CHECK(pinged.one.ec == errc::head_timeout);
}

TEST_CASE("chunk extensions, trailers and empty frames that drip in are no body")
{
    const std::string head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
    for (const auto& [start, more] :
         {std::pair(head + "1;", std::string("x")), std::pair(head + "0\r\nx: ", std::string("y")),
          std::pair(head, std::string("0"))}) {
        CAPTURE(start, more);
        dripped http1(false);
        http1.write(start);
        REQUIRE(http1.one.calls == 1);
        error_code ec;
        http1.one.got.body().async_collect([&](error_code with, const std::string&) { ec = with; });
        http1.here.settle();
        CHECK(http1.drip(more, 1) == 10s);
        CHECK(http1.body_error() == errc::gap_timeout);
        CHECK(ec == errc::gap_timeout);
    }

    for (const auto& more :
         {h2::data(1, ""), h2::padded_data(1, "", 200), h2::ping(), h2::window_update(1, 1)}) {
        dripped http2(true);
        http2.write(h2::headers(1, {{":status", "200"}}) + h2::data(1, "ok"));
        REQUIRE(http2.one.calls == 1);
        error_code ec;
        http2.one.got.body().async_collect([&](error_code with, const std::string&) { ec = with; });
        http2.here.settle();
        CHECK(http2.drip(more, more.size()) == 10s);
        CHECK(http2.body_error() == errc::gap_timeout);
        CHECK(ec == errc::gap_timeout);
    }
}
