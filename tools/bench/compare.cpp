#include "bench/compare.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string_view>

namespace aloft::tools::bench {
namespace {

namespace json = boost::json;

// Below it the normal law is no good stand-in for Student's.
constexpr double least_count = 30;
constexpr double significant = 0.01;

std::optional<double> figure_of(const json::object& from, std::string_view key)
{
    const auto* const value = from.if_contains(key);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    return value->to_number<double>();
}

/// \param better  what a higher value means: 1 better, -1 worse, 0 neither
std::string row(std::string_view title, const json::object& before, const json::object& after,
                const std::string& key, int better, std::string_view note = {})
{
    const auto a = figure_of(before, key);
    const auto b = figure_of(after, key);
    if (!a || !b)
        return {};
    std::string change = "-";
    std::string verdict;
    if (*a != 0) {
        const auto share = (*b - *a) / *a;
        change = fmt::format("{:+.1f} %", share * 100);
        const bool chance = note.starts_with("may be chance");
        if (better != 0 && !chance && std::abs(share) >= 0.005)
            verdict = (share > 0) == (better > 0) ? "better" : "worse";
    }
    return fmt::format("  {:<34}{:>12.3f}{:>12.3f}{:>11}  {:<7}{}\n", title, *a, *b, change,
                       verdict, note);
}

std::string significance(const json::object& before, const json::object& after,
                         const std::string& key)
{
    const auto value = [&](const json::object& from, const char* figure) {
        return figure_of(from, fmt::format("{}_{}_ms", figure, key)).value_or(0);
    };
    const auto count = [&](const json::object& from) {
        // vLLM's files have no count a measure; each request has one of most of them.
        const auto own = figure_of(from, "count_" + key);
        return own ? *own : figure_of(from, "completed").value_or(0);
    };
    mean_test test;
    test.mean_before = value(before, "mean");
    test.mean_after = value(after, "mean");
    test.deviation_before = value(before, "std");
    test.deviation_after = value(after, "std");
    test.count_before = count(before);
    test.count_after = count(after);
    const auto chance = test.chance();
    if (!chance)
        return "too few values to tell from chance";
    if (*chance < significant)
        return *chance < 1e-6 ? "p < 0.000001" : fmt::format("p = {:.6f}", *chance);
    return fmt::format("may be chance (p = {:.2f})", *chance);
}

struct compared {
    const char* key;
    const char* title;
};
constexpr std::array<compared, 8> latencies{{{"ttfb", "first byte"},
                                             {"first_event", "first event"},
                                             {"ttft", "first content (TTFT)"},
                                             {"tpot", "time per output token"},
                                             {"itl", "between tokens (ITL)"},
                                             {"e2el", "last content (E2EL)"},
                                             {"total", "end of the response"},
                                             {"action", "AutoGLM action begins"}}};

} // namespace

std::optional<double> mean_test::chance() const
{
    if (count_before < least_count || count_after < least_count)
        return std::nullopt;
    const auto variance = deviation_before * deviation_before / count_before +
                          deviation_after * deviation_after / count_after;
    const auto difference = std::abs(mean_after - mean_before);
    if (variance <= 0)
        return difference == 0 ? 1.0 : 0.0;
    return std::erfc(difference / std::sqrt(variance) / std::sqrt(2.0));
}

json::object read_saved(const std::string& path, std::string& problem)
{
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (!file)
        problem = "cannot read " + path;
    else if (ec || !value.is_object() || !figure_of(value.get_object(), "completed"))
        problem = path + " is not the JSON of a benchmark run";
    return problem.empty() ? std::move(value.get_object()) : json::object();
}

std::string comparison(const json::object& before, const json::object& after)
{
    auto text = fmt::format("  {:<34}{:>12}{:>12}{:>11}\n", "", "before", "after", "change");
    text += row("succeeded", before, after, "completed", 0) +
            row("failed", before, after, "failed", -1) +
            row("requests/s", before, after, "request_throughput", 1) +
            row("good requests/s", before, after, "request_goodput", 1) +
            row("output tokens/s", before, after, "output_throughput", 1);
    for (const auto& one : latencies) {
        const std::string key = one.key;
        text += row(fmt::format("{}, mean ms", one.title), before, after, "mean_" + key + "_ms", -1,
                    significance(before, after, key));
        text += row("  median", before, after, "median_" + key + "_ms", -1);
        text += row("  p99", before, after, "p99_" + key + "_ms", -1);
    }
    for (const auto* const what : {"arrival", "prompts", "model_id"}) {
        const auto* const a = before.if_contains(what);
        const auto* const b = after.if_contains(what);
        if (a != nullptr && b != nullptr && *a != *b)
            text += fmt::format("  the runs differ in \"{}\"\n", what);
    }
    return text;
}

} // namespace aloft::tools::bench
