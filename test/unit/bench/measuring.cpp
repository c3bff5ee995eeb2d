#include "bench/measurements.hpp"
#include "bench/stream_probe.hpp"
#include "support/catch.hpp"

#include <thread>
#include <unistd.h>

using namespace aloft;
using namespace aloft::tools::bench;

namespace {

constexpr run_time ms = 1'000'000;

chat::delta with_content(std::string_view text)
{
    chat::delta made;
    made.has_choice = true;
    made.content = text;
    return made;
}

chat::delta role_only()
{
    auto made = with_content("");
    made.role = "assistant";
    return made;
}

} // namespace

TEST_CASE("a chunk with nothing but a role is the first event, and not the first content")
{
    measurements all;
    request_record one;
    one.measured = true;
    stream_probe probe(one, all);
    probe.take(role_only(), 10 * ms);
    CHECK(one.first_event == 10 * ms);
    CHECK(one.first_content == never);
    chat::delta thinking;
    thinking.has_choice = true;
    thinking.reasoning = "hm";
    probe.take(thinking, 30 * ms);
    CHECK(one.first_content == 30 * ms);
    CHECK(all.gaps.empty());
    probe.take(with_content("a"), 34 * ms);
    probe.take(with_content("b"), 40 * ms);
    CHECK(one.last_content == 40 * ms);
    CHECK(all.gaps.count() == 2);
    CHECK(all.gaps.mean() == 5.0);
    CHECK(one.events == 4);
    CHECK(one.output_tokens == 3);
}

TEST_CASE("tokens are those that the server counted, where it did")
{
    measurements all;
    request_record one;
    stream_probe probe(one, all);
    probe.take(with_content("two words"), ms);
    chat::usage used;
    used.prompt_tokens = 100;
    used.completion_tokens = 2;
    chat::delta last;
    last.usage = &used;
    probe.take(last, 2 * ms);
    CHECK(one.output_tokens == 2);
    CHECK(one.prompt_tokens == 100);
    CHECK(one.last_content == ms); // a chunk with usage alone is no content
}

TEST_CASE("the action begins with its marker, wherever the stream is cut")
{
    measurements all;
    request_record one;
    stream_probe probe(one, all);
    probe.take(with_content("I tap. do("), 10 * ms);
    CHECK(one.action == never);
    probe.take(with_content("action=\"Tap\""), 20 * ms);
    CHECK(one.action == 20 * ms);
    probe.take(with_content(" finish(message="), 30 * ms);
    CHECK(one.action == 20 * ms);
}

TEST_CASE("gaps of the warm-up are not counted, its events are")
{
    measurements all;
    request_record one;
    stream_probe probe(one, all);
    probe.take(with_content("a"), 100 * ms);
    probe.take(with_content("b"), 1100 * ms);
    CHECK(all.gaps.empty());
    REQUIRE(all.seconds_of_events.size() == 2);
    CHECK(all.seconds_of_events[0].with_content == 1);
    CHECK(all.seconds_of_events[1].all == 1);
}

TEST_CASE(
    "each gap of a request is kept where that is wanted, and found again behind those of others")
{
    measurements a;
    measurements b;
    for (auto* const seen : {&a, &b}) {
        request_record one;
        one.measured = true;
        std::vector<run_time> gaps;
        stream_probe probe(one, *seen, &gaps);
        for (const auto at : {100, 130, 170})
            probe.take(with_content("a"), (seen == &a ? at : at * 2) * ms);
        seen->keep_gaps(one, gaps);
        one.ended = 500 * ms;
        seen->records.push_back(one);
    }
    a.merge(std::move(b));
    CHECK(a.each_gap == std::vector<run_time>{30 * ms, 40 * ms, 60 * ms, 80 * ms});
    REQUIRE(a.records.size() == 2);
    CHECK(a.records[1].gaps == 2);
    CHECK(a.each_gap[a.records[1].gaps_at] == 60 * ms);
}

TEST_CASE("what several processes have seen is put together without loss")
{
    measurements a;
    measurements b;
    request_record one;
    one.ended = 5 * ms;
    one.error = a.error_number("timeout", "t");
    a.records.push_back(one);
    one.ended = 3 * ms;
    one.error = b.error_number("reset", "r");
    b.records.push_back(one);
    one.ended = 7 * ms;
    one.error = b.error_number("timeout", "other");
    b.records.push_back(one);
    a.gaps.add(10 * ms);
    b.gaps.add(30 * ms);
    a.saw_event(0, true);
    b.saw_event(1500 * ms, false);
    a.seconds = 2;
    b.seconds = 3;
    a.cpu_seconds = 1;
    b.cpu_seconds = 1;

    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    std::thread writer([&] { // more than a pipe holds
        CHECK(b.write(ends[1]));
        close(ends[1]);
    });
    measurements came;
    CHECK(came.read(ends[0]));
    writer.join();
    close(ends[0]);

    a.merge(std::move(came));
    REQUIRE(a.records.size() == 3);
    CHECK(a.records[0].ended == 3 * ms);
    CHECK(a.records[1].ended == 5 * ms);
    CHECK(a.errors[a.records[0].error - 1].name == "reset");
    CHECK(a.records[1].error == a.records[2].error);
    CHECK(a.errors[a.records[2].error - 1].example == "t");
    CHECK(a.gaps.count() == 2);
    CHECK(a.gaps.mean() == 20.0);
    CHECK(a.gaps.deviation() == 10.0);
    CHECK(a.gaps.greatest() == 30.0);
    REQUIRE(a.seconds_of_events.size() == 2);
    CHECK(a.seconds_of_events[0].with_content == 1);
    CHECK(a.seconds_of_events[1].all == 1);
    CHECK(a.seconds_of_events[1].with_content == 0);
    CHECK(a.seconds == 3);
    CHECK(a.cpu_seconds == 2);
}

TEST_CASE("a process that ends in the middle of its report is noticed")
{
    measurements some;
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const std::uint64_t records = 3;
    REQUIRE(write(ends[1], &records, sizeof records) == sizeof records);
    close(ends[1]);
    CHECK_FALSE(some.read(ends[0]));
    close(ends[0]);
}
