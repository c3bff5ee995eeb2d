#include "bench/summary.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace aloft::tools::bench {
namespace {

double in_seconds(run_time at)
{
    return static_cast<double>(at) * 1e-9;
}

} // namespace

summary::summary(const measurements& from, const objectives& wanted)
{
    for (const auto& kind : from.errors)
        errors.push_back({kind.name, kind.example});
    for (const auto& name : bench::measures())
        measures.push_back({name.what, {}});
    auto first = std::numeric_limits<run_time>::max();
    run_time last_due = 0;
    run_time last_end = 0;
    for (const auto& one : from.records) {
        if (!one.measured) {
            ++warm_up;
            continue;
        }
        count(one, wanted);
        first = std::min(first, one.intended);
        last_due = std::max(last_due, one.intended);
        last_end = std::max(last_end, one.ended);
    }
    std::erase_if(measures, [](const measured& one) { return one.since[0].empty(); });
    std::erase_if(errors, [](const failures& kind) { return kind.count == 0; });
    if (all() == 0)
        return;
    seconds = in_seconds(last_end - first);
    look_at_steady(from, first, last_due);
    count_in_flight(from);
    for (const auto& second : from.seconds_of_events)
        most_tokens_in_a_second = std::max(most_tokens_in_a_second, second.with_content);
}

const measured* summary::find(measure what) const noexcept
{
    const auto at = std::find_if(measures.begin(), measures.end(),
                                 [&](const measured& one) { return one.what == what; });
    return at == measures.end() ? nullptr : &*at;
}

void summary::count(const request_record& one, const objectives& wanted)
{
    late.add(one.queued - one.intended);
    events += one.events;
    if (!one.good()) {
        ++failed;
        ++errors[one.error - 1].count;
        return;
    }
    ++completed;
    good += wanted.met(one) ? 1 : 0;
    prompt_tokens += one.prompt_tokens;
    output_tokens += one.output_tokens;
    waited.add(one.sent - one.queued);
    for (auto& to : measures) {
        for (const auto start :
             {counted_from::intended, counted_from::queued, counted_from::sent}) {
            if (const auto value = value_of(one, to.what, start))
                to.since[static_cast<std::size_t>(start)].add(*value);
        }
    }
}

void summary::look_at_steady(const measurements& from, run_time begin, run_time end)
{
    steady.begin = in_seconds(begin);
    steady.end = in_seconds(end);
    double in_flight = 0;
    for (const auto& one : from.records) {
        in_flight += in_seconds(
            std::max<run_time>(0, std::min(one.ended, end) - std::max(one.intended, begin)));
        if (!one.good() || one.ended < begin || one.ended > end)
            continue;
        ++steady.completed;
        steady.output_tokens += one.output_tokens;
    }
    if (steady.seconds() > 0)
        steady.mean_in_flight = in_flight / steady.seconds();
}

// The greatest number of requests that were under way at one moment, exactly.
void summary::count_in_flight(const measurements& from)
{
    std::vector<std::pair<run_time, int>> changes;
    changes.reserve(from.records.size() * 2);
    for (const auto& one : from.records) {
        changes.emplace_back(one.intended, 1);
        changes.emplace_back(one.ended, -1);
    }
    std::sort(changes.begin(), changes.end()); // at one moment, ends come before beginnings
    std::int64_t now = 0;
    std::int64_t most = 0;
    for (const auto& [at, change] : changes) {
        now += change;
        most = std::max(most, now);
    }
    most_in_flight = static_cast<std::uint64_t>(most);
}

} // namespace aloft::tools::bench
