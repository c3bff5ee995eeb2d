#include "support/catch.hpp"

#include <aloft/trace_context.hpp>

#include <string>

using aloft::trace_context;

namespace {

constexpr const char* example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

} // namespace

TEST_CASE("a traceparent is read and written as W3C Trace Context has it")
{
    const auto c = trace_context::parse(example);
    REQUIRE(c);
    CHECK(c->trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(c->span_id() == "00f067aa0ba902b7");
    CHECK(c->sampled());
    CHECK(c->to_string() == example);
    CHECK_FALSE(
        trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled());
}

TEST_CASE("flags that version 00 does not know are not passed on")
{
    const auto c = trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff");
    REQUIRE(c);
    CHECK(c->to_string() == example);
}

TEST_CASE("a traceparent of a later version is read as far as it is known")
{
    const std::string later = "cc" + std::string(example).substr(2);
    REQUIRE(trace_context::parse(later));
    CHECK(trace_context::parse(later)->to_string() == example);
    CHECK(trace_context::parse(later + "-what-the-future-brings"));
    CHECK_FALSE(trace_context::parse(later + "0"));
}

TEST_CASE("a traceparent that is not valid is none")
{
    const std::string text =
        GENERATE("", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                 "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                 "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                 "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                 "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
                 "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                 "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7- 1",
                 "00-4bf92f3577b34da6a3ce929d0e0e4736-+0f067aa0ba902b7-01");
    CHECK_FALSE(trace_context::parse(text));
}

TEST_CASE("a child is a new span of the same trace")
{
    const auto parent = *trace_context::parse(example);
    const auto child = parent.child();
    CHECK(child.trace_id() == parent.trace_id());
    CHECK(child.span_id() != parent.span_id());
    CHECK(child.sampled());
    CHECK(trace_context::parse(child.to_string()) == child);
}

TEST_CASE("a trace of its own is valid and like no other")
{
    const auto one = trace_context::root();
    const auto two = trace_context::root(false);
    CHECK(trace_context::parse(one.to_string()) == one);
    CHECK(trace_context::parse(two.to_string()) == two);
    CHECK(one.trace_id() != two.trace_id());
    CHECK(one.sampled());
    CHECK_FALSE(two.sampled());
}

TEST_CASE("who belongs to no trace sends none")
{
    CHECK(trace_context().empty());
    CHECK(trace_context().child().empty());
    CHECK(trace_context().to_string().empty());
}
