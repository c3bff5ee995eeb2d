#include "base/timer_wheel.hpp"

#include <benchmark/benchmark.h>
#include <memory>
#include <vector>

namespace {

using entries = std::vector<std::unique_ptr<aloft::timer_entry>>;

entries make_entries(std::size_t count, aloft::timer_entry::callback expired)
{
    entries made;
    for (std::size_t i = 0; i != count; ++i)
        made.push_back(std::make_unique<aloft::timer_entry>(expired));
    return made;
}

/// A deadline of a request that is answered in time, among those of 10,000 others.
void timer_armed_and_disarmed(benchmark::State& state)
{
    aloft::timer_wheel wheel;
    const auto others = make_entries(10'000, [](aloft::timer_entry&) {});
    for (std::size_t i = 0; i != others.size(); ++i)
        wheel.arm(*others[i], 1 + i * 7);
    aloft::timer_entry one([](aloft::timer_entry&) {});
    for (auto _ : state) {
        wheel.arm(one, 30'000);
        one.disarm();
    }
}
BENCHMARK(timer_armed_and_disarmed);

/// A deadline that each event of a stream moves.
void timer_moved(benchmark::State& state)
{
    aloft::timer_wheel wheel;
    aloft::timer_entry one([](aloft::timer_entry&) {});
    aloft::tick deadline = 60'000;
    for (auto _ : state)
        wheel.arm(one, deadline++);
}
BENCHMARK(timer_moved);

/// One of 10,000 deadlines spread over a minute, all of which expire: with every move through the
/// levels.
void timer_expired(benchmark::State& state)
{
    constexpr std::size_t count = 10'000;
    aloft::timer_wheel wheel;
    aloft::tick now = 0;
    const auto all = make_entries(count, [](aloft::timer_entry&) {});
    for (auto _ : state) {
        for (std::size_t i = 0; i != count; ++i)
            wheel.arm(*all[i], now + 1 + i * 6);
        now += 60'000;
        wheel.advance(now);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}
BENCHMARK(timer_expired)->Unit(benchmark::kMicrosecond);

} // namespace
