#include "run/run_statistics.hpp"

#include "size_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace aloft::tools {
namespace {

constexpr std::array shares{0.5, 0.9, 0.99, 1.0};
constexpr std::array<std::string_view, 4> share_names{"p50", "p90", "p99", "max"};

float percentile(std::vector<float>& values, double share)
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

std::string row(std::string_view name, std::vector<float> values)
{
    if (values.empty())
        return {};
    auto text = fmt::format("  {:<22}", name);
    for (const auto share : shares)
        text += fmt::format("{:>10}", seconds(percentile(values, share)));
    return text + "\n";
}

boost::json::object percentiles(std::vector<float> values)
{
    boost::json::object made;
    for (std::size_t i = 0; i != shares.size() && !values.empty(); ++i)
        made[share_names[i]] = percentile(values, shares[i]);
    return made;
}

std::string clock_text(double value)
{
    const auto whole = static_cast<std::uint64_t>(value + 0.5);
    return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                        : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

} // namespace

void run_statistics::succeeded(const success& one)
{
    --in_flight_;
    ++succeeded_;
    prompt_tokens_ += one.prompt_tokens;
    completion_tokens_ += one.completion_tokens;
    totals_.push_back(static_cast<float>(one.seconds));
    if (one.first_token_seconds)
        first_tokens_.push_back(static_cast<float>(*one.first_token_seconds));
}

void run_statistics::failed(const std::string& kind, const std::string& example)
{
    --in_flight_;
    ++failed_;
    auto& of = failures_[kind];
    if (of.count++ == 0)
        of.example = example;
}

void run_statistics::rejected()
{
    ++failed_;
    ++failures_["line that cannot be sent"].count;
}

double run_statistics::elapsed() const
{
    return std::max(std::chrono::duration<double>(clock::now() - started_).count(), 1e-3);
}

std::string run_statistics::progress(std::optional<double> expected) const
{
    const auto passed = elapsed();
    auto line = fmt::format("{} done, {} failed, {} in flight, {:.1f}/s, {:.0f} tokens/s", done(),
                            failed_, in_flight_, static_cast<double>(done()) / passed,
                            static_cast<double>(tokens_seen_) / passed);
    if (expected && done() != 0) {
        const auto share = std::min(1.0, static_cast<double>(before_ + done()) / *expected);
        const auto left = (1 - share) * *expected / static_cast<double>(done());
        line += fmt::format(", {:.0f} %, {} left", share * 100, clock_text(passed * left));
    }
    return line;
}

std::string run_statistics::summary() const
{
    const auto passed = elapsed();
    auto text = fmt::format("{} of {} succeeded in {}, {:.1f} requests/s\n", succeeded_, done(),
                            clock_text(passed), static_cast<double>(done()) / passed);
    if (before_ != 0)
        text +=
            fmt::format("  {} more had their results from an earlier run, {} of them failures\n",
                        before_, failed_before_);
    if (retries_ != 0)
        text += fmt::format("  {} more {} than requests\n", retries_,
                            retries_ == 1 ? "attempt" : "attempts");
    if (left_out_ != 0)
        text += fmt::format("  {} more were in flight and have no result yet\n", left_out_);
    if (completion_tokens_ != 0)
        text += fmt::format(
            "  tokens: {} of prompts, {} of completions, {:.0f} of these a second\n",
            prompt_tokens_, completion_tokens_, static_cast<double>(completion_tokens_) / passed);
    if (early_ends_.streams != 0)
        text += fmt::format("  {} answers ended with their action, which saved up to {} tokens\n",
                            early_ends_.streams, early_ends_.tokens_at_most);
    if (hedges_.sent != 0)
        text += fmt::format("  {} requests sent twice; {} second copies answered first, {} lost\n",
                            hedges_.sent, hedges_.won, size_text(hedges_.lost_bytes));
    if (!totals_.empty()) {
        text += fmt::format("  {:<22}", "");
        for (const auto name : share_names)
            text += fmt::format("{:>10}", name);
        text += "\n" + row("time to first token", first_tokens_) + row("total", totals_);
    }
    for (const auto& [kind, of] : failures_) {
        text += fmt::format("  {:>8}  {}\n", of.count, kind);
        if (!of.example.empty())
            text += fmt::format("  {:>8}  such as: {}\n", "", of.example);
    }
    return text;
}

std::string run_statistics::json() const
{
    const auto passed = elapsed();
    boost::json::object errors;
    for (const auto& [kind, of] : failures_)
        errors[kind] = of.count;
    const boost::json::object all{
        {"succeeded", succeeded_},
        {"failed", failed_},
        {"unfinished", left_out_},
        {"retries", retries_},
        {"from_earlier_runs", {{"all", before_}, {"failed", failed_before_}}},
        {"seconds", passed},
        {"requests_per_second", static_cast<double>(done()) / passed},
        {"prompt_tokens", prompt_tokens_},
        {"completion_tokens", completion_tokens_},
        {"completion_tokens_per_second", static_cast<double>(completion_tokens_) / passed},
        {"stopped_at_action",
         {{"streams", early_ends_.streams}, {"tokens_at_most", early_ends_.tokens_at_most}}},
        {"hedges",
         {{"sent", hedges_.sent}, {"won", hedges_.won}, {"lost_bytes", hedges_.lost_bytes}}},
        {"time_to_first_token", percentiles(first_tokens_)},
        {"total_time", percentiles(totals_)},
        {"errors", errors},
    };
    return boost::json::serialize(all) + "\n";
}

} // namespace aloft::tools
