#include "support/catch.hpp"
#include "support/client_world.hpp"
#include "support/frames.hpp"

#include <aloft/observer.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

/// Writes down what it is told, a word a call.
class diary final : public observer {
public:
    void dialing(const origin& to) override { note("dialing " + to.authority()); }
    void connected(const origin&, const connection_facts& facts) override
    {
        note("connected " + std::string(facts.protocol));
    }
    void dial_failed(const origin&, phase during, const error_code& ec, std::string_view) override
    {
        note("dial failed " + std::string(to_string(during)) + ": " + ec.message());
    }
    void queued(request_number) override { note("queued"); }
    void waiting(request_number) override { note("waiting"); }
    void sent(request_number which, const fields& head, const connection_facts&) override
    {
        number = which;
        note("sent " + std::string(head.get(":path").value_or("")));
    }
    void interim(request_number which, unsigned status, const fields& head) override
    {
        CHECK(which == number);
        note("interim " + std::to_string(status) + " " +
             std::string(head.get("link").value_or("")));
    }
    void redirected(request_number which, unsigned status, const url& to) override
    {
        CHECK(which == number);
        note("redirected " + std::to_string(status) + " " + to.target());
    }
    void answered(request_number which, unsigned status, const fields&) override
    {
        CHECK(which == number);
        note("answered " + std::to_string(status));
    }
    void sent_again(request_number, const error_code& why) override
    {
        note("again: " + why.message());
    }
    void ended(request_number, const error_code& ec, std::uint64_t received) override
    {
        note("ended " + (ec ? ec.message() : std::to_string(received)));
    }

    std::vector<std::string> told;
    request_number number = 0;

private:
    void note(std::string what) { told.push_back(std::move(what)); }
};

using pages = std::vector<std::string>;

} // namespace

TEST_CASE("an observer is told of each phase in its order")
{
    const bool http2 = GENERATE(true, false);
    const auto seen = std::make_shared<diary>();
    client_world here(http2, client_options().observe(seen).max_in_flight(1));
    here.on_request = [](served& r) { r.answer("hello"); };
    outcome_of<whole_response> one;
    outcome_of<whole_response> two;
    here.http->async_fetch(here.get("/a"), one.handler());
    here.http->async_fetch(here.get("/b"), two.handler());
    here.settle();
    REQUIRE(two.calls == 1);
    const pages first = {"dialing server", "waiting",
                         "queued",         std::string("connected ") + (http2 ? "h2" : "http/1.1"),
                         "sent /a",        "answered 200"};
    REQUIRE(seen->told.size() > first.size());
    CHECK(pages(seen->told.begin(), seen->told.begin() + 6) == first);
    CHECK(seen->told.back() == "ended 5");
    CHECK(std::count(seen->told.begin(), seen->told.end(), "dialing server") == 1);
}

TEST_CASE("an observer is told of early hints before the response, and nobody else looks at them")
{
    const bool http2 = GENERATE(true, false);
    const bool observed = GENERATE(true, false);
    const auto seen = std::make_shared<diary>();
    client_options options;
    if (observed)
        options.observe(seen);
    client_world here(http2, options);
    net::pipe_transport* far = nullptr;
    here.on_connect = [&](net::pipe_transport&, net::pipe_transport& theirs) { far = &theirs; };
    here.on_request = [&](served&) {
        const std::string hints = http2 ? h2::headers(1, {{":status", "103"}, {"link", "</a.css>"}})
                                        : "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n";
        error_code ec;
        far->try_write({hints.data(), hints.size()}, ec);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    CHECK(one.calls == 0);
    here.last().answer("hello");
    here.settle();
    CHECK(one.got.body() == "hello");
    CHECK_FALSE(one.got.headers().contains("link"));
    if (observed) {
        const auto at = std::find(seen->told.begin(), seen->told.end(), "interim 103 </a.css>");
        REQUIRE(at != seen->told.end());
        CHECK(at[1] == "answered 200");
    }
    CHECK(here.idle());
}

TEST_CASE("an observer is told where a redirect leads")
{
    const auto seen = std::make_shared<diary>();
    client_world here(true, client_options().observe(seen));
    here.on_request = [](served& r) {
        r.head.add("location", "/b");
        r.answer("", r.header(":path") == "/b" ? 200 : 302);
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get("/a"), one.handler());
    here.settle();
    const auto at = std::find(seen->told.begin(), seen->told.end(), "redirected 302 /b");
    REQUIRE(at != seen->told.end());
    CHECK(at[-1] == "answered 302");
    CHECK(at[1] == "sent /b");
}

TEST_CASE("an observer is told of failed dials, of attempts made again and of cancelled requests")
{
    const auto seen = std::make_shared<diary>();
    client_world here(true, client_options().observe(seen));
    here.refuse = errc::connect_failed;
    outcome_of<response> one;
    here.http->async_send(here.get(), one.handler());
    here.settle();
    CHECK(seen->told.at(2).starts_with("dial failed connecting: "));
    CHECK(seen->told.back().starts_with("ended "));

    seen->told.clear();
    here.refuse = {};
    here.pass(20s);
    here.on_connect = [&](auto&, auto&) {
        here.on_request = [&](served& r) {
            if (here.seen.size() == 1)
                r.reset(7); // REFUSED_STREAM
        };
    };
    one = {};
    here.http->async_send(here.get(), one.handler());
    here.settle();
    CHECK(std::count_if(seen->told.begin(), seen->told.end(),
                        [](const auto& line) { return line.starts_with("again: "); }) == 1);
    here.http.reset();
    here.settle();
    CHECK(seen->told.back().starts_with("ended "));
}
