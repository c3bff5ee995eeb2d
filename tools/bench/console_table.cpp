#include "bench/console_table.hpp"

#include "size_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace aloft::tools::bench {
namespace {

/// Three digits that count: 0.123, 12.3, 1,234.
std::string number(double value)
{
    if (value < 10)
        return fmt::format("{:.3f}", value);
    return fmt::format("{:.{}f}", value, value < 100 ? 2 : value < 1000 ? 1 : 0);
}

class table {
public:
    explicit table(const std::vector<double>& percentiles) : percentiles_(percentiles)
    {
        text_ = fmt::format("{:<36}{:>9}", "  milliseconds", "mean");
        for (const auto percent : percentiles_)
            text_ += fmt::format("{:>9}", fmt::format("p{:g}", percent));
        text_ += fmt::format("{:>9}\n", "max");
    }
    void row(std::string_view title, const samples& of)
    {
        if (of.empty())
            return;
        text_ += fmt::format("  {:<34}{:>9}", title, number(of.mean()));
        for (const auto percent : percentiles_)
            text_ += fmt::format("{:>9}", of.tells(percent) ? number(of.percentile(percent)) : "-");
        text_ += fmt::format("{:>9}\n", number(of.greatest()));
    }
    void heading(std::string_view text) { text_.append(text).append("\n"); }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    const std::vector<double>& percentiles_;
    std::string text_;
};

void rows_since(table& to, const summary& result, counted_from start)
{
    for (const auto& one : result.measures) {
        if (one.what == measure::first_content || one.what == measure::last_content)
            to.row(measures()[static_cast<std::size_t>(one.what)].title, one.from(start));
    }
}

std::string rates(const summary& result, const objectives& wanted)
{
    auto text =
        fmt::format("{} of {} succeeded in {:.2f} s: {:.2f} requests/s, {:.1f} output tokens/s\n",
                    result.completed, result.all(), result.seconds,
                    result.a_second(result.completed), result.a_second(result.output_tokens));
    if (result.steady.seconds() > 0)
        text +=
            fmt::format("  steady from {:.1f} to {:.1f} s: {:.2f} requests/s, {:.1f} output "
                        "tokens/s, {:.1f} in flight on average\n",
                        result.steady.begin, result.steady.end,
                        static_cast<double>(result.steady.completed) / result.steady.seconds(),
                        static_cast<double>(result.steady.output_tokens) / result.steady.seconds(),
                        result.steady.mean_in_flight);
    text += fmt::format("  {} input tokens, {} output tokens, {} events; {} in flight at most\n",
                        result.prompt_tokens, result.output_tokens, result.events,
                        result.most_in_flight);
    if (result.warm_up != 0)
        text += fmt::format("  {} more were the warm-up and are not counted\n", result.warm_up);
    if (!wanted.empty())
        text += fmt::format("  goodput {:.2f} requests/s: {} of {} ({:.2f} %) kept {}\n",
                            result.a_second(result.good), result.good, result.all(),
                            100.0 * static_cast<double>(result.good) /
                                static_cast<double>(result.all()),
                            wanted.text());
    return text;
}

} // namespace

std::string console_table(const run_facts& facts, const measurements& seen, const summary& result)
{
    if (result.all() == 0)
        return "no request ended behind the warm-up\n";
    auto text = rates(result, facts.load.objectives) + "\n";
    table times(facts.percentiles);
    for (const auto& one : result.measures)
        times.row(measures()[static_cast<std::size_t>(one.what)].title,
                  one.from(counted_from::intended));
    times.row("between tokens (ITL)", seen.gaps);
    times.heading("  counted from when the client got to it (queued):");
    rows_since(times, result, counted_from::queued);
    times.heading("  counted from when a connection took it (service):");
    rows_since(times, result, counted_from::sent);
    text += times.text() + "\n";
    for (const auto& kind : result.errors)
        text += fmt::format("  {:>8}  {}\n  {:>8}  such as: {}\n", kind.count, kind.name, "",
                            kind.example);
    if (seen.unfinished != 0)
        text += fmt::format("  {:>8}  were in flight when the run was stopped\n", seen.unfinished);
    text += fmt::format(
        "  client: {:.0f} % of a core, {}, {} connections, loop late by p99 {:.2f} ms, begun "
        "late by p99 {:.2f} ms\n",
        seen.busiest_cpu * 100, size_text(seen.resident), seen.connections,
        seen.loop_lag.percentile(99), result.late.percentile(99));
    for (const auto& doubt : doubts(facts, seen, result))
        text += "  warning: " + doubt + "\n";
    return text;
}

} // namespace aloft::tools::bench
