#include "chat/action_finder.hpp"

#include <aloft/action.hpp>

#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

namespace {

using namespace aloft::autoglm;

constexpr std::string_view reply =
    "<think>The search box is at the top of the screen. I tap it first, so that the keyboard "
    "opens, and type the name of the restaurant then.</think>\n"
    "<answer>do(action=\"Tap\", element=[499, 182])</answer>";

void parse(benchmark::State& state, std::string_view call)
{
    for (auto _ : state) {
        const auto found = parse_action(call);
        if (!found)
            state.SkipWithError("no action");
        benchmark::DoNotOptimize(found);
    }
}

void action_tap(benchmark::State& state)
{
    parse(state, R"(do(action="Tap", element=[499, 182]))");
}
BENCHMARK(action_tap);

void action_type(benchmark::State& state)
{
    parse(state, R"(do(action="Type", text="Two tickets for \"Dune\", 19:30, row 7"))");
}
BENCHMARK(action_type);

/// A reply looked at after each piece of five bytes, about a token: all of them.
void action_found_while_it_arrives(benchmark::State& state)
{
    for (auto _ : state) {
        action_finder finder;
        for (std::size_t size = 5; size < reply.size() && !finder.found(); size += 5)
            finder.look(reply.substr(0, size));
        if (!finder.found() && !finder.look(reply))
            state.SkipWithError("no action");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * reply.size()));
}
BENCHMARK(action_found_while_it_arrives);

} // namespace
