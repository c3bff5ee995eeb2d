#include "bench/live_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace aloft::tools::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t remembered = 60;

enum : std::size_t { requests, tokens, in_flight, first_content_median, first_content_p99 };

/// Of what came between two looks, in milliseconds; 0 where nothing did.
double percentile(const std::vector<std::uint64_t>& now, const std::vector<std::uint64_t>& before,
                  double share)
{
    std::uint64_t count = 0;
    for (std::size_t i = 0; i != now.size(); ++i)
        count += now[i] - before[i];
    const auto wanted = share * static_cast<double>(count);
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i != now.size(); ++i) {
        passed += now[i] - before[i];
        if (passed != 0 && static_cast<double>(passed) >= wanted)
            return live_counters::middle_of(i);
    }
    return 0;
}

} // namespace

std::string sparkline(const std::deque<double>& values)
{
    static constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const auto greatest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    std::string text;
    for (const auto value : values) {
        const auto height = greatest > 0 ? value / greatest * 7 : 0;
        text += bars[static_cast<std::size_t>(std::clamp(height + 0.5, 0.0, 7.0))];
    }
    return text;
}

live_view::live_view(bool quiet, std::span<live_counters> processes) :
    quiet_(quiet),
    terminal_(isatty(STDERR_FILENO) == 1),
    processes_(processes),
    before_(look()),
    courses_{{"requests/s", {}},
             {"tokens/s", {}},
             {"in flight", {}},
             {"TTFT p50, ms", {}},
             {"TTFT p99, ms", {}}}
{
}

std::chrono::milliseconds live_view::interval() const
{
    return terminal_ ? 500ms : 2000ms;
}

live_view::state live_view::look() const
{
    state now;
    now.at = std::chrono::steady_clock::now();
    now.first_content.resize(live_counters::buckets);
    for (const auto& one : processes_) {
        now.started += one.started.load(std::memory_order_relaxed);
        now.ended += one.ended.load(std::memory_order_relaxed);
        now.failed += one.failed.load(std::memory_order_relaxed);
        now.content_events += one.content_events.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i != live_counters::buckets; ++i)
            now.first_content[i] += one.first_content[i].load(std::memory_order_relaxed);
    }
    return now;
}

void live_view::remember(const state& now)
{
    const auto passed = std::chrono::duration<double>(now.at - before_.at).count();
    const auto a_second = [&](std::uint64_t after, std::uint64_t before) {
        return passed > 0 ? static_cast<double>(after - before) / passed : 0;
    };
    const auto add = [&](std::size_t which, double value) {
        auto& values = courses_[which].values;
        values.push_back(value);
        if (values.size() > remembered)
            values.pop_front();
    };
    add(requests, a_second(now.ended, before_.ended));
    add(tokens, a_second(now.content_events, before_.content_events));
    add(in_flight, static_cast<double>(now.started - std::min(now.started, now.ended)));
    add(first_content_median, percentile(now.first_content, before_.first_content, 0.5));
    add(first_content_p99, percentile(now.first_content, before_.first_content, 0.99));
}

std::string live_view::counts(const state& now) const
{
    return fmt::format("{:.0f} s: {} begun, {} done, {} failed",
                       std::chrono::duration<double>(now.at - began_).count(), now.started,
                       now.ended, now.failed);
}

std::string live_view::block(const state& now) const
{
    auto text = "  " + counts(now) + "\n";
    for (const auto& one : courses_)
        text += fmt::format("  {:<13}{:>9.1f}  {}\n", one.title, one.values.back(),
                            sparkline(one.values));
    return text;
}

void live_view::show()
{
    if (quiet_)
        return;
    auto now = look();
    remember(now);
    if (terminal_) {
        clear();
        fmt::print(stderr, "{}", block(now));
        lines_ = courses_.size() + 1;
    } else {
        auto text = counts(now);
        for (const auto& one : courses_)
            text += fmt::format(", {} {:.1f}", one.title, one.values.back());
        fmt::print(stderr, "{}\n", text);
    }
    std::fflush(stderr);
    before_ = std::move(now);
}

void live_view::clear()
{
    if (lines_ != 0)
        fmt::print(stderr, "\033[{}F\033[J", std::exchange(lines_, 0));
}

} // namespace aloft::tools::bench
