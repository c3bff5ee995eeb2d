#include "bench/report_plots.hpp"

#include "bench/series.hpp"
#include "bench/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aloft::tools::bench {
namespace {

using points = std::vector<svg_plot::point>;

constexpr std::size_t most_points = 400; // of a line
constexpr std::size_t most_dots = 3000;

double in_seconds(run_time at)
{
    return static_cast<double>(at) * 1e-9;
}

/// A percentile curve, as far as there are values to tell it.
points percentile_curve(const samples& of)
{
    points all;
    constexpr int steps = 160;
    constexpr double nines = 4;
    for (int i = 0; i <= steps && !of.empty(); ++i) {
        const auto share = 1 - std::pow(10, -nines * i / steps);
        if (!of.tells(share * 100))
            break;
        all.push_back({share, of.percentile(share * 100)});
    }
    return all;
}

svg_plot latency(const summary& result, measure what)
{
    svg_plot plot("requests, by share", "ms", svg_plot::axis::percentiles);
    if (const auto* const found = result.find(what)) {
        plot.line("from when it was due", percentile_curve(found->from(counted_from::intended)));
        plot.line("service alone", percentile_curve(found->from(counted_from::sent)));
    }
    return plot;
}

svg_plot gaps(const measurements& seen)
{
    return std::move(svg_plot("gaps, by share", "ms", svg_plot::axis::percentiles)
                         .line("between events with content", percentile_curve(seen.gaps)));
}

template <class Value>
points over_time(const std::vector<stretch>& series, Value value)
{
    points all;
    for (const auto& one : series)
        all.push_back({one.begin, value(one)});
    return all;
}

/// Without the stretches in which no request was due that had a first content.
template <class Value>
points where_known(const std::vector<stretch>& series, Value value)
{
    auto all = over_time(series, value);
    std::erase_if(all, [](const svg_plot::point& p) { return p.y == 0; });
    return all;
}

/// How many had happened by then, at most so many steps of it.
points counted_up(std::vector<run_time> moments)
{
    std::sort(moments.begin(), moments.end());
    points all;
    const auto every = std::max<std::size_t>(1, moments.size() / most_points);
    for (std::size_t i = 0; i < moments.size(); i += every)
        all.push_back({in_seconds(moments[i]), static_cast<double>(i + 1)});
    if (!moments.empty())
        all.push_back({in_seconds(moments.back()), static_cast<double>(moments.size())});
    return all;
}

svg_plot arrivals_and_completions(const measurements& seen)
{
    std::vector<run_time> due;
    std::vector<run_time> ended;
    for (const auto& one : seen.records) {
        due.push_back(one.intended);
        ended.push_back(one.ended);
    }
    return std::move(svg_plot("seconds", "requests so far")
                         .line("due", counted_up(std::move(due)))
                         .line("ended", counted_up(std::move(ended))));
}

svg_plot in_flight(const measurements& seen)
{
    std::vector<std::pair<run_time, int>> changes;
    for (const auto& one : seen.records) {
        changes.emplace_back(one.intended, 1);
        changes.emplace_back(one.ended, -1);
    }
    std::sort(changes.begin(), changes.end());
    points all;
    const auto every = std::max<std::size_t>(1, changes.size() / most_points);
    double now = 0;
    double most = 0; // since the last point, so that no peak is lost
    for (std::size_t i = 0; i != changes.size(); ++i) {
        now += changes[i].second;
        most = std::max(most, now);
        if (i % every == 0 || i + 1 == changes.size()) {
            all.push_back({in_seconds(changes[i].first), most});
            most = now;
        }
    }
    if (!all.empty())
        all.back().y = now;
    return std::move(svg_plot("seconds", "requests").line("in flight", std::move(all)));
}

svg_plot each_request(const measurements& seen)
{
    points good;
    points bad;
    const auto every = std::max<std::size_t>(1, seen.records.size() / most_dots);
    for (std::size_t i = 0; i < seen.records.size(); ++i) {
        const auto& one = seen.records[i];
        const svg_plot::point at{in_seconds(one.intended),
                                 static_cast<double>(one.ended - one.intended) * 1e-6};
        if (!one.good() && bad.size() < most_dots)
            bad.push_back(at);
        else if (one.good() && i % every == 0)
            good.push_back(at);
    }
    return std::move(svg_plot("due at second", "ms until its end")
                         .dots("succeeded", std::move(good))
                         .dots("failed", std::move(bad), true));
}

svg_plot sweep_times(const std::vector<sweep_step>& steps)
{
    points median;
    points p99;
    for (const auto& one : steps) {
        median.push_back({one.rate, one.first_content_median});
        p99.push_back({one.rate, one.first_content_p99});
    }
    return std::move(svg_plot("requests a second asked for", "ms")
                         .line("first content p50", std::move(median))
                         .line("p99", std::move(p99)));
}

svg_plot sweep_good(const std::vector<sweep_step>& steps)
{
    points good;
    points done;
    for (const auto& one : steps) {
        good.push_back({one.rate, one.goodput});
        done.push_back({one.rate, one.throughput});
    }
    return std::move(svg_plot("requests a second asked for", "requests a second")
                         .line("done", std::move(done))
                         .line("within the objectives", std::move(good)));
}

} // namespace

std::vector<titled_plot> report_plots(const measurements& seen, const summary& result,
                                      const std::vector<sweep_step>& steps)
{
    auto end = run_time{0};
    for (const auto& one : seen.records)
        end = std::max(end, one.ended);
    const auto stretch_seconds = std::max(1.0, std::ceil(in_seconds(end) / most_points));
    const auto series = series_of(seen, static_cast<std::uint32_t>(stretch_seconds));
    auto whole = series; // a stretch that the run's end cuts short has no rate
    if (whole.size() > 2)
        whole.pop_back();
    const auto a_second = [&](auto count) { return static_cast<double>(count) / stretch_seconds; };

    std::vector<titled_plot> all;
    const auto add = [&](const char* title, const svg_plot& plot) {
        all.push_back({title, plot.text()});
    };
    if (!steps.empty()) {
        auto by_rate = steps;
        std::sort(by_rate.begin(), by_rate.end(),
                  [](const sweep_step& a, const sweep_step& b) { return a.rate < b.rate; });
        add("Sweep: goodput", sweep_good(by_rate));
        add("Sweep: time to first content", sweep_times(by_rate));
    }
    add("Time to first content", latency(result, measure::first_content));
    add("Between tokens", gaps(seen));
    add("Time to last content", latency(result, measure::last_content));
    add("Each request", each_request(seen));
    add("Arrivals and completions", arrivals_and_completions(seen));
    add("In flight", in_flight(seen));
    if (whole.size() < 2) // a second at a time says nothing of so short a run
        return all;
    add("Time to first content over time",
        svg_plot("second in which it was due", "ms")
            .line("p50",
                  where_known(series, [](const stretch& s) { return s.first_content_median; }))
            .line("p99",
                  where_known(series, [](const stretch& s) { return s.first_content_p99; })));
    add("Throughput over time",
        svg_plot("seconds", "a second")
            .line("requests due",
                  over_time(whole, [&](const stretch& s) { return a_second(s.due); }))
            .line("succeeded",
                  over_time(whole, [&](const stretch& s) { return a_second(s.completed); })));
    add("Events over time",
        svg_plot("seconds", "a second")
            .line("all", over_time(whole, [&](const stretch& t) { return a_second(t.events); }))
            .line("with content",
                  over_time(whole, [&](const stretch& t) { return a_second(t.content_events); })));
    return all;
}

} // namespace aloft::tools::bench
