#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/error.hpp>

using namespace aloft;
using namespace aloft::test;

namespace {

/// What a run came to.
struct ended {
    int calls = 0;
    error_code ec;
    std::string body;
    bool never_reached = false; // the step was not: all ran through
};

// A request on the first connection whose I/O step `step` fails, and all later ones.
ended run(bool http2, bool stream, bool post, std::uint64_t step, bool server_side)
{
    client_world here(http2);
    net::pipe_transport* broken = nullptr;
    std::uint64_t operations = 0;
    here.on_connect = [&](net::pipe_transport& near, net::pipe_transport& far) {
        if (here.dials != 1)
            return;
        broken = server_side ? &far : &near;
        broken->fail_at(step, boost::asio::error::connection_reset);
    };
    served* streaming = nullptr;
    here.on_request = [&](served& r) {
        if (!stream)
            return r.answer("all of it");
        r.begin();
        r.write("first ");
        streaming = &r;
    };
    const auto go_on = [&] {
        here.settle();
        if (streaming == nullptr)
            return;
        streaming->write("second ");
        here.settle();
        streaming->write("third");
        streaming->end();
        here.settle();
    };
    ended result;
    auto what = post ? here.post("question") : here.get();
    failure why;
    response got;
    if (stream) {
        here.http->async_send(what, why, [&](error_code ec, response r) {
            ++result.calls;
            result.ec = ec;
            got = std::move(r);
        });
        go_on();
        REQUIRE(result.calls == 1);
        if (!result.ec) {
            result.calls = 0;
            got.body().async_collect([&](error_code ec, std::string body) {
                ++result.calls;
                result.ec = ec;
                result.body = std::move(body);
            });
            go_on();
            if (result.ec) {
                REQUIRE(got.body().why() != nullptr);
                why = *got.body().why();
            }
        }
    } else {
        here.http->async_fetch(what, why, [&](error_code ec, whole_response r) {
            ++result.calls;
            result.ec = ec;
            result.body = r.body();
        });
        here.settle();
    }
    REQUIRE(result.calls == 1);
    if (result.ec) {
        CHECK(why.code == result.ec);
        CHECK(why.attempts >= 1);
        if (why.phase == phase::body)
            CHECK(why.processing == processing::partly_delivered);
        else
            CHECK(why.processing <= processing::maybe);
        // Nothing was sent, or it is harmless: then it was sent again and went well.
        CHECK((post || why.phase == phase::body));
    } else {
        CHECK(result.body == (stream ? "first second third" : "all of it"));
        operations = here.dials;
        result.never_reached = operations == 1;
    }
    got = response();
    here.settle();
    CHECK(here.idle());
    return result;
}

} // namespace

TEST_CASE(
    "each I/O step of a request may fail: it ends once, in the right class, and leaves nothing")
{
    const bool http2 = GENERATE(true, false);
    const bool stream = GENERATE(true, false);
    const bool post = GENERATE(true, false);
    const bool server_side = GENERATE(true, false);
    int failed = 0;
    int replayed = 0;
    int clean = 0;
    for (std::uint64_t step = 0; step != 60; ++step) {
        INFO("step " << step << (http2 ? " h2" : " http/1.1") << (stream ? " stream" : " whole")
                     << (post ? " POST" : " GET") << (server_side ? " server" : " client"));
        const auto result = run(http2, stream, post, step, server_side);
        failed += result.ec ? 1 : 0;
        replayed += !result.ec && !result.never_reached ? 1 : 0;
        clean += result.never_reached ? 1 : 0;
    }
    CHECK(clean > 0); // every step was reached
    CHECK(failed + replayed > 0);
    if (!post && !stream)
        CHECK(failed == 0);
}
