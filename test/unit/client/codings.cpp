#include "coding/content_encoding.hpp"
#include "coding/encoder.hpp"
#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <optional>

using namespace aloft;
using namespace aloft::test;

namespace {

std::string gzipped(std::string_view text)
{
    return coding::compress(payload(std::string(text)), compression::gzip);
}

std::string sample(std::size_t size)
{
    std::string text;
    for (unsigned n = 1; text.size() < size; n = n * 1664525U + 1013904223U)
        text += std::to_string(n);
    text.resize(size);
    return text;
}

void fetch(client_world& in, request what, outcome_of<whole_response>& one)
{
    in.http->async_fetch(std::move(what), one.why, one.handler());
    in.settle();
    REQUIRE(one.calls == 1);
}

whole_response fetched(client_world& in, request what)
{
    outcome_of<whole_response> one;
    fetch(in, std::move(what), one);
    REQUIRE_FALSE(one.ec);
    return std::move(one.got);
}

response opened(client_world& in, request what)
{
    outcome_of<response> one;
    in.http->async_send(std::move(what), one.handler());
    in.settle();
    REQUIRE(one.calls == 1);
    REQUIRE_FALSE(one.ec);
    return std::move(one.got);
}

/// A server that answers with `body`, said to be coded so.
std::function<void(served&)> coded(std::string body, std::string_view coding = "gzip",
                                   unsigned status = 200)
{
    return [=](served& r) {
        r.head.add("content-encoding", coding);
        r.answer(body, status);
    };
}

} // namespace

TEST_CASE("compressed responses are asked for and decoded; headers stay as they came")
{
    client_world here(any_version());
    const auto text = sample(300'000);
    std::string asked;
    here.on_request = [&](served& r) {
        asked = r.header("accept-encoding");
        coded(gzipped(text))(r);
    };
    const auto got = fetched(here, here.get());
    CHECK(asked == "gzip, deflate, br, zstd");
    CHECK(got.body() == text);
    CHECK(got.headers().get("content-encoding") == "gzip");
    CHECK(here.idle());
}

TEST_CASE("nothing is asked for or decoded where the caller says so, or asks himself")
{
    const bool http2 = any_version();
    const auto body = gzipped("text");
    std::optional<std::string> asked;
    const auto serve = [&](served& r) {
        asked = r.carried.head.get("accept-encoding");
        coded(body)(r);
    };
    client_world here(http2);
    here.on_request = serve;
    CHECK(fetched(here, here.get().decompress(false)).body() == body);
    CHECK_FALSE(asked);
    CHECK(fetched(here, here.get().header("accept-encoding", "gzip")).body() == body);
    CHECK(asked == "gzip");
    CHECK(fetched(here, here.get().header("range", "bytes=0-9")).body() == body);
    CHECK_FALSE(asked);
    client_world off(http2, client_options().decompress(false));
    off.on_request = serve;
    CHECK(fetched(off, off.get()).body() == body);
    CHECK_FALSE(asked);
    CHECK(fetched(off, off.get().decompress(true)).body() == "text");
}

TEST_CASE("a coding nobody asked for and that is unknown is passed through, and so is a part")
{
    client_world here(any_version());
    here.on_request = coded("as it is", "compress");
    CHECK(fetched(here, here.get()).body() == "as it is");
    here.on_request = coded("as it is", "gzip", 206);
    CHECK(fetched(here, here.get()).body() == "as it is");
}

TEST_CASE("responses without a body may say that it is coded")
{
    client_world here(any_version());
    here.on_request = [](served& r) {
        r.head.add("content-encoding", "br");
        r.begin();
        r.end();
    };
    CHECK(fetched(here, request("HEAD", "http://server/")).body().empty());
    CHECK(fetched(here, here.get()).body().empty());
    CHECK(here.idle());
}

TEST_CASE("each event of a compressed stream is there when the server has flushed it")
{
    client_world here(any_version());
    const auto which = GENERATE(compression::gzip, compression::zstd);
    const auto into = coding::make_encoder(which);
    const auto flushed = [&](std::string_view text, coding::encoder::flush how) {
        std::string part;
        into->encode(text, how, part);
        return part;
    };
    here.on_request = [&](served& r) {
        r.head.add("content-encoding", coding::to_string(which));
        r.begin();
    };
    auto stream = opened(here, here.get());
    auto& body = stream.body();
    for (const std::string event : {"data: one\n\n", "data: two\n\n", "data: [DONE]\n\n"}) {
        error_code ec;
        int calls = 0;
        body.async_wait([&](error_code with) {
            ++calls;
            ec = with;
        });
        const auto part = flushed(event, coding::encoder::flush::now);
        if (event == "data: one\n\n") {
            here.last().write(part.substr(0, 3)); // of a header, which decodes to nothing
            here.settle();
            CHECK(calls == 0);
            here.last().write(part.substr(3));
        } else {
            here.last().write(part);
        }
        here.settle();
        CHECK(calls == 1);
        CHECK_FALSE(ec);
        CHECK(body.readable() == event);
        body.consume(body.readable().size());
    }
    here.last().write(flushed("", coding::encoder::flush::finish));
    here.last().end();
    here.settle();
    CHECK(body.ended());
    CHECK(here.idle());
}

TEST_CASE("a coded body that is not read stays small, and is read whole all the same")
{
    session_limits limits;
    limits.stream_window = 20'000;
    const bool http2 = any_version();
    client_world here(http2, client_options().limits(limits));
    const std::string text(3'000'000, 'x'); // 3 KB as it is sent
    const auto noise = sample(400'000); // and this is more than a window
    here.on_request = coded(gzipped(noise) + gzipped(text));
    auto stream = opened(here, here.get());
    here.settle();
    std::size_t total = 0;
    std::size_t most = 0;
    auto& body = stream.body();
    while (!body.ended() && body.why() == nullptr) {
        most = std::max(most, here.http->counts().unread_memory);
        total += body.readable().size();
        body.consume(body.readable().size());
        here.settle();
    }
    CHECK(total == noise.size() + text.size());
    CHECK(most < (http2 ? 200'000 : 450'000)); // HTTP/1.1 has no window but what one read brings
    CHECK(here.idle());
}

TEST_CASE("cancelling the wait for a coded body loses nothing, and destroying it frees all")
{
    client_world here(any_version());
    const auto body_of = gzipped("text that is flushed late");
    here.on_request = [&](served& r) {
        r.head.add("content-encoding", "gzip");
        r.begin();
        r.write(body_of.substr(0, 8));
    };
    auto stream = opened(here, here.get());
    boost::asio::cancellation_signal stop;
    error_code ec;
    stream.body().async_wait(
        boost::asio::bind_cancellation_slot(stop.slot(), [&](error_code with) { ec = with; }));
    here.settle();
    stop.emit(boost::asio::cancellation_type::total);
    here.settle();
    CHECK(ec == boost::asio::error::operation_aborted);
    here.last().write(body_of.substr(8));
    here.last().end();
    here.settle();
    CHECK(stream.body().readable() == "text that is flushed late");
    stream = response();
    here.settle();
    CHECK(here.idle());
}

TEST_CASE(
    "a coded body that is cut short, spoilt or a bomb ends with its own error (decoding_limits)")
{
    const bool http2 = any_version();
    const bool whole = GENERATE(true, false);
    client_world here(http2);
    struct row {
        std::string body;
        errc expected;
        std::string_view detail;
        initiator who;
    };
    const auto text = sample(10'000);
    const row rows[] = {
        {gzipped(text).substr(0, 3000), errc::truncated_body, "gzip is cut short", initiator::peer},
        {"<html>no</html>", errc::malformed_coding, "content-encoding gzip: ", initiator::peer},
        {gzipped(std::string(20'000'000, 'x')), errc::decoded_too_large, "decoding_limits::ratio",
         initiator::aloft},
    };
    for (const auto& row : rows) {
        here.on_request = coded(row.body);
        failure why;
        if (whole) {
            outcome_of<whole_response> one;
            fetch(here, here.get().body_limit(100'000'000), one);
            CHECK(one.ec == row.expected);
            why = one.why;
        } else {
            auto stream = opened(here, here.get());
            auto& body = stream.body();
            error_code ec;
            std::string got;
            while (!ec && !body.ended()) {
                got += body.readable();
                body.consume(body.readable().size());
                body.async_wait([&](error_code with) { ec = with; });
                here.settle();
            }
            CHECK(ec == row.expected);
            REQUIRE(body.why() != nullptr);
            why = *body.why();
            if (row.expected == errc::truncated_body) {
                CHECK(text.starts_with(got));
                CHECK(got.size() > 1000);
                CHECK(why.bytes_delivered == got.size());
            }
        }
        CHECK(why.detail.find(row.detail) != std::string::npos);
        CHECK(why.initiator == row.who);
        here.settle();
        CHECK(here.idle());
    }
}

TEST_CASE("too many codings on top of each other end the request at its head (too_many_codings)")
{
    client_world here(any_version());
    here.on_request = coded("x", "gzip, gzip, gzip, gzip, gzip");
    outcome_of<whole_response> one;
    fetch(here, here.get(), one);
    CHECK(one.ec == errc::too_many_codings);
    CHECK(here.idle());
}

TEST_CASE("body_limit counts decoded bytes")
{
    client_world here(any_version(), client_options().body_limit(1000));
    here.on_request = coded(gzipped(std::string(5000, 'x')));
    outcome_of<whole_response> one;
    fetch(here, here.get(), one);
    CHECK(one.ec == errc::body_too_large);
    CHECK(here.idle());
}

TEST_CASE("a request body is compressed where it is asked for, by the client or the request")
{
    const auto which = GENERATE(compression::gzip, compression::zstd);
    client_world here(any_version(), client_options().compress(which));
    here.on_request = [](served& r) {
        fields head;
        head.add("content-encoding", r.header("content-encoding"));
        error_code ec;
        std::string plain;
        const auto codings = coding::read_content_encoding(head, ec);
        if (codings.empty())
            plain = "plain " + r.body;
        else
            CHECK_FALSE(coding::decode(codings, r.body, decoding_limits(), plain));
        CHECK((r.body.empty() || r.header("content-length") == std::to_string(r.body.size())));
        r.answer(plain);
    };
    const std::string text(10'000, 'x');
    CHECK(fetched(here, here.post(text)).body() == text);
    CHECK(fetched(here, here.post(text).header("content-length", "10000")).body() == text);
    CHECK(fetched(here, here.post(text).compress(compression::none)).body() == "plain " + text);
    CHECK(fetched(here, here.post("done").header("content-encoding", "aes128gcm")).body() ==
          "plain done");
    CHECK(fetched(here, here.get()).body() == "plain ");
}

TEST_CASE("a compressed request is sent again as it was sent before")
{
    client_world here(true);
    int refused = 0;
    std::vector<std::string> bodies;
    here.at_head = true;
    here.on_request = [&](served& r) {
        if (refused++ == 0)
            return r.reset(7); // REFUSED_STREAM
        r.answer("taken");
    };
    CHECK(fetched(here, here.post(std::string(100'000, 'x')).compress(compression::gzip)).body() ==
          "taken");
    CHECK(refused == 2);
}
