#include "support/any_version.hpp"
#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <boost/asio/error.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A source whose caller says that there is more whenever it likes.
class eager_source final : public body_source {
public:
    run peek() override { return {pending, after}; }
    void advance(std::size_t count) override { pending.erase(0, count); }
    void say_more() { resume(); }

    std::string pending;
    state after = state::more;
};

struct upload {
    explicit upload(client_world& in) : source(std::make_shared<eager_source>())
    {
        in.at_head = true;
        request what("POST", "http://server/");
        what.body(source);
        in.http->async_send(std::move(what), sent.why, sent.handler());
        in.settle();
        REQUIRE(in.seen.size() == 1);
        REQUIRE(sent.calls == 0);
    }
    std::shared_ptr<eager_source> source;
    outcome_of<response> sent;
};

} // namespace

TEST_CASE("a source may say that there is more when nobody listens any more")
{
    client_world here(any_version());
    upload one(here);
    one.source->pending = "all of it";
    one.source->after = body_source::state::last;
    one.source->say_more();
    here.settle();
    here.last().begin();
    here.last().write("part");
    here.settle();
    REQUIRE(one.sent.calls == 1);
    one.source->say_more(); // the request is sent whole, its answer goes on
    here.settle();
    CHECK(one.sent.got.body().readable() == "part");
    one.sent.got = response();
    one.source->say_more(); // the request is gone
    here.settle();
    CHECK(here.idle());
}

TEST_CASE("an answer that arrived before a write failed is read: a server may answer and hang up")
{
    client_world here(any_version());
    net::pipe_transport* near = nullptr;
    here.on_connect = [&](net::pipe_transport& ours, net::pipe_transport&) { near = &ours; };
    upload one(here);
    near->fail_write_at(0, asio::error::broken_pipe);
    here.last().answer("too large", 413);
    one.source->pending =
        "more"; // written in the turn in which the answer arrives, before it is read
    one.source->say_more();
    here.settle();
    REQUIRE(one.sent.calls == 1);
    REQUIRE_FALSE(one.sent.ec);
    CHECK(one.sent.got.status() == 413);
    CHECK(one.sent.got.body().readable() == "too large");
    one.sent.got = response();
    here.settle();
    CHECK(here.idle());
    CHECK(here.http->counts().connections == 0);
}
