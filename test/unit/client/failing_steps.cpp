#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"
#include "net/tls_transport.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/client_world.hpp"

#include <boost/asio/error.hpp>

#include <functional>
#include <list>
#include <optional>

using namespace aloft;
using namespace aloft::test;

namespace {

/// Speaks TLS over the pipes of a world, as net::socket_connector does over sockets.
class tls_links {
public:
    explicit tls_links(client_world& in) : world_(in)
    {
        in.over = [this](auto near, auto far, client_world::dialed done) {
            shake(net::tls_engine::server(server_context(), "client"), std::move(far),
                  [this](error_code ec, std::unique_ptr<net::tls_transport> stream) {
                      if (!ec)
                          world_.links.emplace_back(world_, world_.http2, std::move(stream));
                  });
            shake(net::tls_engine::client(client_context(), "localhost", {"h2", "http/1.1"}),
                  std::move(near),
                  [done](error_code ec, std::unique_ptr<net::tls_transport> stream) {
                      net::dial_result result;
                      result.phase = net::dial_phase::tls;
                      if (ec)
                          result.error = {errc::tls_failed, ec.message()};
                      else
                          result.stream = std::move(stream);
                      done(std::move(result));
                  });
        };
    }

private:
    using shaken = std::function<void(error_code, std::unique_ptr<net::tls_transport>)>;

    struct handshake final : net::io_completion {
        void complete(error_code ec, std::size_t) override { then(ec, std::move(stream)); }

        std::unique_ptr<net::tls_transport> stream;
        shaken then;
    };

    static const certificate_authority& authority()
    {
        static const certificate_authority made;
        return made;
    }
    static std::shared_ptr<net::tls_context> client_context()
    {
        net::net_error wrong;
        static const auto made =
            net::tls_context::client(tls_options().ca_pem(authority().pem()), wrong);
        return made;
    }
    static std::shared_ptr<net::tls_context> server_context()
    {
        net::net_error wrong;
        static const auto made = [&] {
            const auto shown = authority().issue();
            return net::tls_context::server(
                tls_server_options().certificate_pem(shown.pem, shown.key_pem), wrong);
        }();
        return made;
    }
    void shake(std::unique_ptr<net::tls_engine> engine, std::unique_ptr<net::pipe_transport> lower,
               shaken then)
    {
        auto& one = handshakes_.emplace_back();
        one.then = std::move(then);
        one.stream = std::make_unique<net::tls_transport>(std::move(lower), std::move(engine));
        one.stream->handshake(one);
    }

    client_world& world_;
    std::list<handshake> handshakes_;
};

struct script {
    bool http2;
    bool tls;
    bool stream;
    bool post;
    bool server_side; // where the steps fail
};

/// What a run came to.
struct ended {
    int calls = 0;
    error_code ec;
    std::string body;
    bool never_reached = false; // the step was not: all ran through
};

/// Whether `ec` says what happened to the transport.
bool tells_of_reset(error_code ec, const script& what)
{
    if (!what.server_side)
        return ec == boost::asio::error::connection_reset || ec == errc::tls_failed;
    // The server closes its end: the client reads that, or can write no more.
    return ec == errc::connection_closed || ec == errc::truncated_body ||
           ec == errc::tls_truncated || ec == errc::tls_failed ||
           ec == boost::asio::error::broken_pipe;
}

// A request on the first connection whose I/O step `step` fails, and all later ones.
ended run(const script& how, std::uint64_t step)
{
    client_world here(how.http2);
    std::optional<tls_links> tls;
    if (how.tls)
        tls.emplace(here);
    net::pipe_transport* broken = nullptr;
    here.on_connect = [&](net::pipe_transport& near, net::pipe_transport& far) {
        if (here.dials != 1)
            return;
        broken = how.server_side ? &far : &near;
        broken->fail_at(step, boost::asio::error::connection_reset);
    };
    served* streaming = nullptr;
    std::string said = "first ";
    here.on_request = [&](served& r) {
        if (!how.stream)
            return r.answer("all of it");
        r.begin();
        r.write(said);
        streaming = &r;
    };
    const auto go_on = [&] {
        here.settle();
        for (const std::string_view more : {"second ", "third"}) {
            said += more;
            if (streaming != nullptr)
                streaming->write(more);
            here.settle();
        }
        if (streaming != nullptr)
            streaming->end();
        here.settle();
    };
    ended result;
    auto what = how.post ? here.post("question") : here.get();
    failure why;
    response got;
    if (how.stream) {
        here.http->async_send(what, why, [&](error_code ec, response r) {
            ++result.calls;
            result.ec = ec;
            got = std::move(r);
        });
        here.settle();
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
        INFO(result.ec.message() << ", detail " << why.detail);
        CHECK(why.code == result.ec);
        CHECK(tells_of_reset(result.ec, how));
        CHECK(why.initiator == initiator::peer);
        CHECK(why.origin == "http://server");
        if (why.phase == phase::tls) {
            CHECK(how.tls);
            CHECK(why.attempts == 0);
            CHECK(why.processing == processing::never_sent);
            CHECK(here.seen.empty());
        } else if (why.phase == phase::head) {
            // What may have been processed is not sent again where that could do harm.
            CHECK(how.post);
            CHECK(why.attempts == 1);
            CHECK(why.processing == processing::maybe);
            CHECK(why.bytes_delivered == 0);
        } else {
            CHECK(how.stream);
            CHECK(why.phase == phase::body);
            CHECK(why.attempts == 1);
            CHECK(why.processing == processing::partly_delivered);
        }
    } else {
        // Nothing was sent, or it is harmless: then it was sent again and went well.
        CHECK(result.body == (how.stream ? "first second third" : "all of it"));
        result.never_reached = here.dials == 1;
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
    script how{};
    how.http2 = GENERATE(true, false);
    how.tls = GENERATE(true, false);
    how.stream = GENERATE(true, false);
    how.post = GENERATE(true, false);
    how.server_side = GENERATE(true, false);
    int failed = 0;
    int replayed = 0;
    bool through = false;
    for (std::uint64_t step = 0; step != 100 && !through; ++step) {
        INFO("step " << step << (how.http2 ? " h2" : " http/1.1") << (how.tls ? " TLS" : "")
                     << (how.stream ? " stream" : " whole") << (how.post ? " POST" : " GET")
                     << (how.server_side ? " server" : " client"));
        const auto result = run(how, step);
        through = result.never_reached;
        failed += result.ec ? 1 : 0;
        replayed += !result.ec && !through ? 1 : 0;
    }
    CHECK(through); // every step was reached
    CHECK(failed + replayed > (how.tls ? 5 : 2));
    if (!how.post)
        CHECK(replayed > 0);
    if (!how.post && !how.stream && !how.tls)
        CHECK(failed == 0);
}
