#include "run/run_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools {
namespace {

float percentile(std::vector<float> values, double share)
{
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

std::string seconds(double value)
{
    return value < 1 ? fmt::format("{:.0f} ms", value * 1000) : fmt::format("{:.2f} s", value);
}

std::string row(std::string_view name, const std::vector<float>& values)
{
    if (values.empty())
        return {};
    return fmt::format("  {:<22}{:>10}{:>10}{:>10}{:>10}\n", name, seconds(percentile(values, 0.5)),
                       seconds(percentile(values, 0.9)), seconds(percentile(values, 0.99)),
                       seconds(percentile(values, 1)));
}

std::string clock_text(double value)
{
    const auto whole = static_cast<std::uint64_t>(value + 0.5);
    return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                        : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

} // namespace

void run_statistics::succeeded(double total_seconds, std::optional<double> first_token_seconds,
                               std::uint64_t tokens)
{
    --in_flight_;
    ++succeeded_;
    tokens_ += tokens;
    totals_.push_back(static_cast<float>(total_seconds));
    if (first_token_seconds)
        first_tokens_.push_back(static_cast<float>(*first_token_seconds));
}

void run_statistics::failed(const std::string& kind)
{
    --in_flight_;
    ++failed_;
    ++failures_[kind];
}

double run_statistics::elapsed() const
{
    return std::chrono::duration<double>(clock::now() - started_).count();
}

std::string run_statistics::progress(std::optional<double> fraction) const
{
    const auto passed = std::max(elapsed(), 1e-3);
    auto line = fmt::format("{} done, {} failed, {} in flight, {:.1f}/s, {:.0f} tokens/s", done(),
                            failed_, in_flight_, static_cast<double>(done()) / passed,
                            static_cast<double>(tokens_) / passed);
    // What is in flight was read but is not done.
    if (fraction && done() != 0) {
        const auto read = static_cast<double>(done() + in_flight_);
        const auto share = *fraction * static_cast<double>(done()) / read;
        line +=
            fmt::format(", {:.0f} %, {} left", share * 100, clock_text(passed / share - passed));
    }
    return line;
}

std::string run_statistics::summary() const
{
    const auto passed = std::max(elapsed(), 1e-3);
    auto text =
        fmt::format("{} of {} succeeded in {}, {:.1f} requests/s, {} tokens, {:.0f} tokens/s\n",
                    succeeded_, done(), clock_text(passed), static_cast<double>(done()) / passed,
                    tokens_, static_cast<double>(tokens_) / passed);
    if (!totals_.empty()) {
        text +=
            fmt::format("  {:<22}{:>10}{:>10}{:>10}{:>10}\n", "", "median", "90 %", "99 %", "most");
        text += row("time to first token", first_tokens_) + row("total", totals_);
    }
    for (const auto& [kind, count] : failures_)
        text += fmt::format("  {:>8}  {}\n", count, kind);
    return text;
}

} // namespace aloft::tools
