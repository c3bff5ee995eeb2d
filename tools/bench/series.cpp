#include "bench/series.hpp"

#include <algorithm>
#include <cmath>

namespace aloft::tools::bench {
namespace {

constexpr run_time second = 1'000'000'000;

double percentile(std::vector<float>& values, double share)
{
    if (values.empty())
        return 0;
    const auto count = static_cast<double>(values.size());
    const auto at = std::max(1.0, std::ceil(share * count)) - 1;
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(at);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

void add_time_in_flight(std::vector<stretch>& all, const request_record& one, run_time width)
{
    const auto last = static_cast<std::size_t>(one.ended / width);
    for (auto i = static_cast<std::size_t>(one.intended / width); i <= last; ++i) {
        const auto begin = static_cast<run_time>(i) * width;
        const auto within = std::min(one.ended, begin + width) - std::max(one.intended, begin);
        all[i].in_flight += static_cast<double>(within) / static_cast<double>(width);
    }
}

} // namespace

std::vector<stretch> series_of(const measurements& seen, std::uint32_t seconds)
{
    const auto width = second * std::max<run_time>(seconds, 1);
    auto end = static_cast<run_time>(seen.seconds_of_events.size()) * second;
    for (const auto& one : seen.records)
        end = std::max(end, one.ended + 1);
    std::vector<stretch> all(static_cast<std::size_t>((end + width - 1) / width));
    std::vector<std::vector<float>> first_content(all.size());
    for (std::size_t i = 0; i != all.size(); ++i)
        all[i].begin = static_cast<double>(i) * static_cast<double>(width) * 1e-9;
    for (std::size_t i = 0; i != seen.seconds_of_events.size(); ++i) {
        auto& to = all[i / std::max<std::size_t>(seconds, 1)];
        to.events += seen.seconds_of_events[i].all;
        to.content_events += seen.seconds_of_events[i].with_content;
    }
    for (const auto& one : seen.records) {
        const auto began = static_cast<std::size_t>(one.intended / width);
        auto& last = all[static_cast<std::size_t>(one.ended / width)];
        ++all[began].due;
        ++(one.good() ? last.completed : last.failed);
        if (one.good())
            last.output_tokens += one.output_tokens;
        if (const auto value = value_of(one, measure::first_content))
            first_content[began].push_back(static_cast<float>(*value) * 1e-6F);
        add_time_in_flight(all, one, width);
    }
    for (std::size_t i = 0; i != all.size(); ++i) {
        all[i].first_content_median = percentile(first_content[i], 0.5);
        all[i].first_content_p99 = percentile(first_content[i], 0.99);
    }
    return all;
}

} // namespace aloft::tools::bench
