#include "support/catch.hpp"
#include "support/client_world.hpp"

#include <aloft/trace_context.hpp>

using namespace aloft;
using namespace aloft::test;
using namespace std::chrono_literals;

namespace {

trace_context parent()
{
    return *trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

} // namespace

TEST_CASE("a request carries the traceparent it was given")
{
    const bool http2 = GENERATE(true, false);
    client_world here(http2);
    here.on_request = [](served& r) { r.answer("hello"); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get().trace(parent()), one.handler());
    here.settle();
    REQUIRE(one.calls == 1);
    CHECK(here.last().header("traceparent") == parent().to_string());

    one = {};
    here.http->async_fetch(here.get().trace(parent()).trace(trace_context()), one.handler());
    here.settle();
    CHECK(here.last().header("traceparent") == parent().to_string());
}

TEST_CASE("a request of no trace carries no traceparent")
{
    client_world here(true);
    here.on_request = [](served& r) { r.answer("hello"); };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    CHECK_FALSE(here.last().carried.head.contains("traceparent"));
}

TEST_CASE("a client's tracer gives each request a span of the caller's trace")
{
    int asked = 0;
    client_world here(true, client_options().trace([&](const request& r) {
        ++asked;
        return r.method() == "GET" ? parent().child() : trace_context();
    }));
    here.on_request = [](served& r) { r.answer("hello"); };
    outcome_of<whole_response> one;
    outcome_of<whole_response> two;
    outcome_of<whole_response> three;
    outcome_of<whole_response> four;
    here.http->async_fetch(here.get(), one.handler());
    here.http->async_fetch(here.get(), two.handler());
    here.http->async_fetch(here.get().trace(parent()), three.handler());
    here.http->async_fetch(here.post("x"), four.handler());
    here.settle();
    REQUIRE(here.seen.size() == 4);
    const auto first = trace_context::parse(here.seen[0]->header("traceparent"));
    const auto second = trace_context::parse(here.seen[1]->header("traceparent"));
    REQUIRE((first && second));
    CHECK(first->trace_id() == parent().trace_id());
    CHECK(second->trace_id() == parent().trace_id());
    CHECK(first->span_id() != second->span_id());
    CHECK(first->span_id() != parent().span_id());
    CHECK(here.seen[2]->header("traceparent") == parent().to_string());
    CHECK_FALSE(here.seen[3]->carried.head.contains("traceparent"));
    CHECK(asked == 3); // the one that has a span already is not asked about
}

TEST_CASE("a request that was refused is sent again with the span it had")
{
    client_world here(true,
                      client_options().trace([](const request&) { return parent().child(); }));
    std::vector<std::string> spans;
    here.on_request = [&](served& r) {
        spans.emplace_back(r.header("traceparent"));
        if (spans.size() == 1)
            r.reset(7); // REFUSED_STREAM
        else
            r.answer("hello");
    };
    outcome_of<whole_response> one;
    here.http->async_fetch(here.get(), one.handler());
    here.settle();
    REQUIRE(spans.size() == 2);
    CHECK(spans[0] == spans[1]);
}

TEST_CASE("a retry is a span of its own, of the same trace")
{
    client_world here(true, client_options().retries(retry_rules()).trace([](const request&) {
        return parent().child();
    }));
    std::vector<std::string> spans;
    here.on_request = [&](served& r) {
        spans.emplace_back(r.header("traceparent"));
        if (spans.size() == 1)
            r.answer("busy", 503);
        else
            r.answer("hello");
    };
    outcome_of<whole_response> one;
    SECTION("where the client's tracer makes them")
    {
        here.http->async_fetch(here.get(), one.handler());
        here.pass(2s);
        REQUIRE(spans.size() == 2);
        const auto first = trace_context::parse(spans[0]);
        const auto second = trace_context::parse(spans[1]);
        REQUIRE((first && second));
        CHECK(first->trace_id() == parent().trace_id());
        CHECK(second->trace_id() == parent().trace_id());
        CHECK(first->span_id() != second->span_id());
    }
    SECTION("but not where the caller has said which it is")
    {
        here.http->async_fetch(here.get().trace(parent()), one.handler());
        here.pass(2s);
        CHECK(spans == std::vector<std::string>(2, parent().to_string()));
    }
    CHECK(one.calls == 1);
    CHECK(one.got.status() == 200);
}
