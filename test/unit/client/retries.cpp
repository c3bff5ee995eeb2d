#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

client_options twice()
{
    return client_options().retries(retry_rules());
}

/// Answers with `status` but for the last of three times.
struct busy_world : client_world {
    busy_world(unsigned status, client_options with, bool http2 = true) :
        client_world(http2, std::move(with))
    {
        on_request = [this, status](served& r) {
            ++asked;
            if (asked < 3)
                r.answer("later", status);
            else
                r.answer("ok");
        };
    }
    whole_response& fetch(request what)
    {
        http->async_fetch(std::move(what), one.why, one.handler());
        pass(30s);
        REQUIRE(one.calls == 1);
        return one.got;
    }

    outcome_of<whole_response> one;
    int asked = 0;
};

} // namespace

TEST_CASE("a client tries nothing again that it was not asked to")
{
    busy_world here(503, client_options());
    CHECK(here.fetch(here.get()).status() == 503);
    CHECK(here.asked == 1);
}

TEST_CASE("a client with rules tries again what may pass, and is given the last response")
{
    const bool http2 = GENERATE(true, false);
    SECTION("that becomes good")
    {
        busy_world here(503, twice(), http2);
        CHECK(here.fetch(here.get()).body() == "ok");
        CHECK(here.one.got.attempts() == 3);
        CHECK(here.asked == 3);
    }
    SECTION("that does not")
    {
        busy_world here(503, client_options().retries(retry_rules().retries(1)), http2);
        CHECK(here.fetch(here.get()).status() == 503);
        CHECK(here.one.got.body() == "later");
        CHECK(here.asked == 2);
    }
    SECTION("that would fail again")
    {
        busy_world here(404, twice(), http2);
        CHECK(here.fetch(here.get()).status() == 404);
        CHECK(here.asked == 1);
    }
}

TEST_CASE("what may have been acted on is tried again only where that does no harm")
{
    for (const auto& [status, again] : {std::pair(429U, true), std::pair(503U, true),
                                        std::pair(500U, false), std::pair(504U, false)}) {
        CAPTURE(status);
        busy_world here(status, twice());
        here.fetch(here.post("x"));
        CHECK(here.asked == (again ? 3 : 1));
        busy_world idempotent(status, twice());
        idempotent.fetch(std::move(idempotent.post("x").idempotent(true)));
        CHECK(idempotent.asked == 3);
    }
}

TEST_CASE("a request's own rules are above the client's")
{
    busy_world here(503, client_options());
    CHECK(here.fetch(std::move(here.get().retries(retry_rules()))).status() == 200);
    busy_world other(503, twice());
    CHECK(other.fetch(std::move(other.get().retries(retry_rules::none()))).status() == 503);
}

TEST_CASE("a retry finds the connection that the answer came on")
{
    busy_world here(503, twice(), GENERATE(true, false));
    here.fetch(here.get());
    CHECK(here.asked == 3);
    CHECK(here.dials == 1);
}

TEST_CASE("a body that cannot be sent from its beginning is sent once, and to its end")
{
    class once final : public body_source {
    public:
        run peek() override { return {rest_, state::last}; }
        void advance(std::size_t count) override { rest_.remove_prefix(count); }
        bool rewind() override { return rest_.size() == 5; }
        [[nodiscard]] std::optional<std::uint64_t> length() const override { return 5; }

    private:
        std::string_view rest_ = "hello";
    };
    busy_world here(503, twice());
    request what("PUT", "http://server/");
    CHECK(here.fetch(std::move(what.body(std::make_shared<once>()))).status() == 503);
    CHECK(here.asked == 1);
    CHECK(here.last().body == "hello");
}

TEST_CASE("a body that was cut off is fetched again where it is wanted whole")
{
    client_world here(GENERATE(true, false), twice());
    int asked = 0;
    here.on_request = [&](served& r) {
        if (++asked > 1)
            return r.answer("all of it");
        r.head.add("content-length", "9");
        r.begin(200, "text/plain");
        r.write("all");
        r.reset(2);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.why, one.handler());
    here.pass(30s);
    CHECK_FALSE(one.ec);
    CHECK(one.got.body() == "all of it");
    CHECK(asked == 2);
    CHECK(here.idle());
}

TEST_CASE("a dial that takes too long is tried again, and the failure says how often")
{
    client_world here(true, twice().deadlines(deadlines().connect(5s)));
    here.black_hole = true;
    outcome_of<whole_response> one;
    here.http->async_fetch(here.post("x"), one.why, one.handler());
    here.pass(30s);
    CHECK(one.ec == errc::connect_timeout);
    CHECK(one.why.stopped == "that was the last of 2 retries");
    CHECK(one.why.waited > 0ms);
    CHECK(here.idle());
}
