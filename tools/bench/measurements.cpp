#include "bench/measurements.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aloft::tools::bench {
namespace {

constexpr run_time second = 1'000'000'000;

} // namespace

void measurements::saw_event(run_time at, bool content)
{
    const auto index = static_cast<std::size_t>(std::max<run_time>(at, 0) / second);
    if (index >= seconds_of_events.size())
        seconds_of_events.resize(index + 1);
    ++seconds_of_events[index].all;
    seconds_of_events[index].with_content += content ? 1 : 0;
}

void measurements::keep_gaps(request_record& of, const std::vector<run_time>& between)
{
    of.gaps_at = each_gap.size();
    of.gaps = static_cast<std::uint32_t>(between.size());
    each_gap.insert(each_gap.end(), between.begin(), between.end());
}

std::uint32_t measurements::error_number(const std::string& name, const std::string& example)
{
    auto at = std::find_if(errors.begin(), errors.end(),
                           [&](const error_kind& one) { return one.name == name; });
    if (at == errors.end())
        at = errors.insert(at, {name, example});
    return static_cast<std::uint32_t>(at - errors.begin()) + 1;
}

void measurements::merge(measurements&& other)
{
    std::vector<std::uint32_t> number{0};
    for (const auto& kind : other.errors)
        number.push_back(error_number(kind.name, kind.example));
    for (auto& one : other.records) {
        one.error = number[one.error];
        one.gaps_at += each_gap.size();
    }
    each_gap.insert(each_gap.end(), other.each_gap.begin(), other.each_gap.end());
    std::vector<request_record> all;
    all.reserve(records.size() + other.records.size());
    std::merge(records.begin(), records.end(), other.records.begin(), other.records.end(),
               std::back_inserter(all),
               [](const request_record& a, const request_record& b) { return a.ended < b.ended; });
    records = std::move(all);
    gaps += other.gaps;
    loop_lag += other.loop_lag;
    seconds_of_events.resize(std::max(seconds_of_events.size(), other.seconds_of_events.size()));
    for (std::size_t i = 0; i != other.seconds_of_events.size(); ++i) {
        seconds_of_events[i].all += other.seconds_of_events[i].all;
        seconds_of_events[i].with_content += other.seconds_of_events[i].with_content;
    }
    cpu_seconds += other.cpu_seconds;
    busiest_cpu = std::max(busiest_cpu, other.busiest_cpu);
    resident += other.resident;
    connections += other.connections;
    unfinished += other.unfinished;
    seconds = std::max(seconds, other.seconds);
    interrupted = interrupted || other.interrupted;
}

} // namespace aloft::tools::bench
