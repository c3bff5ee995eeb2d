#include "bench/html_report.hpp"

#include "bench/report_plots.hpp"
#include "size_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace aloft::tools::bench {
namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#66707b;--line:#e3e7ec;--card:#f7f8fa;
--c0:#2563eb;--c1:#ea7a17;--c2:#0f9d76;--c3:#9747d6;--bad:#d62c3f}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e9ed;--dim:#98a2ad;--line:#2c333b;
--card:#1c2026;--c0:#6ea0ff;--c1:#ffa14d;--c2:#3fcf9f;--c3:#c58bf5;--bad:#ff6b78}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:28px 24px 48px;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:0}h2{font-size:15px;margin:0 0 6px}
.dim{color:var(--dim)}.sub{margin:2px 0 20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 20px}
.tile,.plot{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:14px;margin:20px 0}
.scroll{overflow-x:auto;margin:0 0 24px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--dim);font-weight:500}
tr.part td{padding-top:12px;color:var(--dim)}
.warn{border-left:4px solid var(--c1);padding:6px 12px;margin:6px 0;background:var(--card)}
svg{width:100%;height:auto;display:block}
.grid{stroke:var(--line);stroke-width:1}.mark{fill:var(--dim);font-size:11px}
.stroke{fill:none;stroke-width:1.8;stroke-linejoin:round}.dots{opacity:.55}
.c0.stroke{stroke:var(--c0)}.c1.stroke{stroke:var(--c1)}.c2.stroke{stroke:var(--c2)}
.c3.stroke{stroke:var(--c3)}
.c0.fill{fill:var(--c0)}.c1.fill{fill:var(--c1)}.c2.fill{fill:var(--c2)}.c3.fill{fill:var(--c3)}
.bad.fill{fill:var(--bad)}
)";

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string tile(std::string_view value, std::string_view what)
{
    return fmt::format("<div class=\"tile\"><b>{}</b><span class=\"dim\">{}</span></div>\n", value,
                       what);
}

std::string tiles(const run_facts& facts, const measurements& seen, const summary& result)
{
    auto text =
        tile(fmt::format("{:.1f}", result.a_second(result.completed)), "requests/s") +
        tile(fmt::format("{:.0f}", result.a_second(result.output_tokens)), "output tokens/s");
    if (const auto* const first = result.find(measure::first_content)) {
        const auto& times = first->from(counted_from::intended);
        text += tile(fmt::format("{:.1f} ms", times.percentile(50)), "first content, p50") +
                tile(fmt::format("{:.1f} ms", times.percentile(99)), "first content, p99");
    }
    if (!seen.gaps.empty())
        text += tile(fmt::format("{:.1f} ms", seen.gaps.percentile(99)), "between tokens, p99");
    if (!facts.load.objectives.empty())
        text += tile(fmt::format("{:.1f}", result.a_second(result.good)),
                     "good requests/s: " + escaped(facts.load.objectives.text()));
    return "<div class=\"tiles\">" + text +
           tile(fmt::format("{} of {}", result.failed, result.all()), "failed") + "</div>\n";
}

std::string row(std::string_view title, const samples& of, const std::vector<double>& percentiles)
{
    if (of.empty())
        return {};
    auto text = fmt::format("<tr><td>{}</td><td>{}</td><td>{:.2f}</td><td>{:.2f}</td>",
                            escaped(title), of.count(), of.mean(), of.deviation());
    for (const auto percent : percentiles)
        text += of.tells(percent) ? fmt::format("<td>{:.2f}</td>", of.percentile(percent))
                                  : std::string("<td class=\"dim\">-</td>");
    return text + fmt::format("<td>{:.2f}</td></tr>\n", of.greatest());
}

std::string figures(const run_facts& facts, const measurements& seen, const summary& result)
{
    const auto& percentiles = facts.percentiles;
    std::string text = "<div class=\"scroll\"><table><tr><th>milliseconds</th><th>count</th>"
                       "<th>mean</th><th>std</th>";
    for (const auto percent : percentiles)
        text += fmt::format("<th>p{:g}</th>", percent);
    text += "<th>max</th></tr>\n";
    const auto part = [&](std::string_view heading, counted_from since) {
        text += fmt::format("<tr class=\"part\"><td colspan=\"{}\">{}</td></tr>\n",
                            percentiles.size() + 5, heading);
        for (const auto& one : result.measures) {
            if (since == counted_from::intended || one.what != measure::token_time)
                text += row(measures()[static_cast<std::size_t>(one.what)].title, one.from(since),
                            percentiles);
        }
    };
    part("from when the request was due", counted_from::intended);
    text += row("between tokens (ITL)", seen.gaps, percentiles);
    part("from when the client got to it (queued)", counted_from::queued);
    part("from when a connection took it (service)", counted_from::sent);
    return text + "</table></div>\n";
}

std::string error_list(const summary& result)
{
    std::string text;
    for (const auto& kind : result.errors)
        text += fmt::format("<div class=\"warn\"><b>{}</b> {}<br><span class=\"dim\">{}</span>"
                            "</div>\n",
                            kind.count, escaped(kind.name), escaped(kind.example));
    return text;
}

std::string sweep_table(const std::vector<sweep_step>& steps)
{
    if (steps.empty())
        return {};
    std::string text = "<h2>Sweep</h2><div class=\"scroll\"><table><tr><th>requests/s asked for"
                       "</th><th>done/s</th><th>good/s</th><th>good</th><th>first content p50</th>"
                       "<th>p99</th><th></th></tr>\n";
    for (const auto& one : steps)
        text += fmt::format("<tr><td>{:.2f}</td><td>{:.2f}</td><td>{:.2f}</td><td>{:.2f} %</td>"
                            "<td>{:.1f}</td><td>{:.1f}</td><td>{}</td></tr>\n",
                            one.rate, one.throughput, one.goodput, one.good_share * 100,
                            one.first_content_median, one.first_content_p99,
                            one.kept ? "kept" : "missed");
    return text + "</table></div>\n";
}

std::string about(const run_facts& facts, const measurements& seen, const summary& result)
{
    auto text = fmt::format(
        "<p class=\"dim\">Client: {:.0f} % of a core at most, {} in {} process{}, {} connections; "
        "its loop was late by p99 {:.2f} ms, requests began late by p99 {:.2f} ms, waited for a "
        "connection p99 {:.2f} ms.",
        seen.busiest_cpu * 100, size_text(seen.resident), facts.processes,
        facts.processes == 1 ? "" : "es", seen.connections, seen.loop_lag.percentile(99),
        result.late.percentile(99), result.waited.percentile(99));
    if (facts.off.known)
        text += " Before the run, " + escaped(facts.off.text()) + ".";
    if (result.steady.seconds() > 0)
        text += fmt::format(" Steady from {:.1f} to {:.1f} s, with {:.1f} requests in flight on "
                            "average.",
                            result.steady.begin, result.steady.end, result.steady.mean_in_flight);
    return text + "</p>\n";
}

} // namespace

std::string html_report(const run_facts& facts, const measurements& seen, const summary& result,
                        const std::vector<sweep_step>& steps)
{
    auto text = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta "
        "name=\"viewport\" "
        "content=\"width=device-width\">\n<title>aloft bench {0}</title>\n<style>{1}</style>"
        "</head>\n<body><h1>{2}</h1>\n<p class=\"dim sub\">{3} &middot; arrival {4} &middot; {5} "
        "&middot; {0}</p>\n",
        facts.date, style, escaped(facts.model), escaped(facts.base_url),
        escaped(facts.load.pattern.text()), escaped(facts.prompts));
    text += tiles(facts, seen, result);
    for (const auto& doubt : doubts(facts, seen, result))
        text += "<div class=\"warn\">" + escaped(doubt) + "</div>\n";
    text += error_list(result) + "<div class=\"plots\">\n";
    for (const auto& one : report_plots(seen, result, steps))
        text += "<div class=\"plot\"><h2>" + one.title + "</h2>" + one.svg + "</div>\n";
    return text + "</div>\n" + sweep_table(steps) + figures(facts, seen, result) +
           about(facts, seen, result) + "</body></html>\n";
}

} // namespace aloft::tools::bench
