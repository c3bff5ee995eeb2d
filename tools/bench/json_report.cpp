#include "bench/json_report.hpp"

#include "bench/series.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace aloft::tools::bench {
namespace {

namespace json = boost::json;

constexpr int schema_version = 1;

void add_figures(json::object& to, std::string_view key, const samples& of,
                 const std::vector<double>& percentiles)
{
    const auto name = [&](std::string_view figure) { return fmt::format("{}_{}_ms", figure, key); };
    to[name("mean")] = of.mean();
    to[name("median")] = of.percentile(50);
    to[name("std")] = of.deviation();
    to[name("min")] = of.least();
    to[name("max")] = of.greatest();
    for (const auto percent : percentiles)
        to[name(fmt::format("p{:g}", percent))] = of.percentile(percent);
    to[fmt::format("count_{}", key)] = of.count();
}

/// vLLM writes "inf" where there is no rate.
json::value rate_value(double rate)
{
    return std::isinf(rate) ? json::value("inf") : json::value(rate);
}

void add_vllm_keys(json::object& to, const run_facts& facts, const summary& result)
{
    const auto& load = facts.load;
    to["date"] = facts.date;
    to["backend"] = "aloft";
    to["endpoint_type"] = "openai-chat";
    to["model_id"] = facts.model;
    to["tokenizer_id"] = nullptr; // the server's count is taken
    to["num_prompts"] = result.all();
    to["request_rate"] = rate_value(load.pattern.rate());
    to["burstiness"] =
        load.pattern.burstiness() ? json::value(*load.pattern.burstiness()) : nullptr;
    to["max_concurrency"] =
        load.max_in_flight == 0 ? json::value(nullptr) : json::value(load.max_in_flight);
    to["duration"] = result.seconds;
    to["completed"] = result.completed;
    to["failed"] = result.failed;
    to["total_input_tokens"] = result.prompt_tokens;
    to["total_output_tokens"] = result.output_tokens;
    to["request_throughput"] = result.a_second(result.completed);
    to["request_goodput"] =
        load.objectives.empty() ? json::value(nullptr) : json::value(result.a_second(result.good));
    to["output_throughput"] = result.a_second(result.output_tokens);
    to["total_token_throughput"] = result.a_second(result.output_tokens + result.prompt_tokens);
    to["max_output_tokens_per_s"] = result.most_tokens_in_a_second;
    to["max_concurrent_requests"] = result.most_in_flight;
}

void add_measures(json::object& to, const run_facts& facts, const measurements& seen,
                  const summary& result)
{
    for (const auto& one : result.measures) {
        const auto key = std::string(key_of(one.what));
        add_figures(to, key, one.from(counted_from::intended), facts.percentiles);
        if (one.what == measure::token_time)
            continue;
        add_figures(to, "queued_" + key, one.from(counted_from::queued), facts.percentiles);
        add_figures(to, "service_" + key, one.from(counted_from::sent), facts.percentiles);
    }
    add_figures(to, "itl", seen.gaps, facts.percentiles);
    add_figures(to, "begun_late", result.late, facts.percentiles);
    add_figures(to, "waited_for_connection", result.waited, facts.percentiles);
}

json::object client_block(const run_facts& facts, const measurements& seen)
{
    json::object made{{"processes", facts.processes},
                      {"cpu_seconds", seen.cpu_seconds},
                      {"busiest_core_share", seen.busiest_cpu},
                      {"resident_bytes", seen.resident},
                      {"connections", seen.connections}};
    add_figures(made, "loop_lag", seen.loop_lag, facts.percentiles);
    if (facts.off.known)
        made["own_error"] = json::object{{"in_flight", facts.off.in_flight},
                                         {"mean_ttft_ms", facts.off.first_content_mean},
                                         {"p99_ttft_ms", facts.off.first_content_p99},
                                         {"mean_itl_ms", facts.off.gap_mean},
                                         {"p99_itl_ms", facts.off.gap_p99}};
    return made;
}

json::object steady_block(const steady_window& steady)
{
    const auto a_second = [&](std::uint64_t count) {
        return steady.seconds() > 0 ? static_cast<double>(count) / steady.seconds() : 0;
    };
    return {{"begin_seconds", steady.begin},
            {"end_seconds", steady.end},
            {"completed", steady.completed},
            {"request_throughput", a_second(steady.completed)},
            {"output_throughput", a_second(steady.output_tokens)},
            {"mean_in_flight", steady.mean_in_flight}};
}

json::array series_block(const measurements& seen)
{
    json::array made;
    for (const auto& one : series_of(seen, 1))
        made.push_back(json::object{{"second", one.begin},
                                    {"due", one.due},
                                    {"completed", one.completed},
                                    {"failed", one.failed},
                                    {"events", one.events},
                                    {"content_events", one.content_events},
                                    {"output_tokens", one.output_tokens},
                                    {"in_flight", one.in_flight},
                                    {"median_ttft_ms", one.first_content_median},
                                    {"p99_ttft_ms", one.first_content_p99}});
    return made;
}

json::array sweep_block(const std::vector<sweep_step>& steps)
{
    json::array made;
    for (const auto& one : steps)
        made.push_back(json::object{{"request_rate", one.rate},
                                    {"request_throughput", one.throughput},
                                    {"request_goodput", one.goodput},
                                    {"good_share", one.good_share},
                                    {"median_ttft_ms", one.first_content_median},
                                    {"p99_ttft_ms", one.first_content_p99},
                                    {"kept", one.kept}});
    return made;
}

/// Seconds, as vLLM has them; 0 for what did not come.
double in_seconds(std::optional<run_time> time)
{
    return static_cast<double>(time.value_or(0)) * 1e-9;
}

/// A list for each figure, with each request that counts in the order of the plan.
void add_each_request(json::object& to, const measurements& seen)
{
    std::vector<const request_record*> counted;
    for (const auto& one : seen.records) {
        if (one.measured)
            counted.push_back(&one);
    }
    std::sort(counted.begin(), counted.end(),
              [](const auto* a, const auto* b) { return a->number < b->number; });
    json::array starts, inputs, outputs, firsts, gaps, errors;
    for (const auto* one : counted) {
        starts.push_back(in_seconds(one->intended));
        inputs.push_back(one->prompt_tokens);
        outputs.push_back(one->output_tokens);
        firsts.push_back(in_seconds(value_of(*one, measure::first_content)));
        json::array between;
        for (std::uint32_t i = 0; i != one->gaps; ++i)
            between.push_back(in_seconds(seen.each_gap[one->gaps_at + i]));
        gaps.push_back(std::move(between));
        errors.push_back(one->good() ? json::value("")
                                     : json::value(seen.errors[one->error - 1].name));
    }
    to["start_times"] = std::move(starts);
    to["input_lens"] = std::move(inputs);
    to["output_lens"] = std::move(outputs);
    to["ttfts"] = std::move(firsts);
    to["itls"] = std::move(gaps);
    to["errors"] = std::move(errors);
}

json::array error_block(const summary& result)
{
    json::array made;
    for (const auto& kind : result.errors)
        made.push_back(
            json::object{{"kind", kind.name}, {"count", kind.count}, {"example", kind.example}});
    return made;
}

void csv_line(std::string& to, std::string_view what, std::string_view since, const samples& of,
              const std::vector<double>& percentiles)
{
    if (of.empty())
        return;
    to += fmt::format("{},{},{},{:.6f},{:.6f},{:.6f},{:.6f}", what, since, of.count(), of.mean(),
                      of.deviation(), of.least(), of.greatest());
    for (const auto percent : percentiles)
        to += fmt::format(",{:.6f}", of.percentile(percent));
    to += "\n";
}

std::string in_milliseconds(run_time at)
{
    return at == never ? "null" : fmt::format("{:.6f}", static_cast<double>(at) * 1e-6);
}

} // namespace

json::object json_report(const run_facts& facts, const measurements& seen, const summary& result,
                         const std::vector<sweep_step>& steps)
{
    json::object made;
    add_vllm_keys(made, facts, result);
    add_measures(made, facts, seen, result);
    made["schema_version"] = schema_version;
    made["base_url"] = facts.base_url;
    made["arrival"] = facts.load.pattern.text();
    made["prompts"] = facts.prompts;
    made["seed"] = facts.load.seed;
    made["objectives"] = facts.load.objectives.text();
    made["good"] = result.good;
    made["warm_up_requests"] = result.warm_up;
    made["unfinished"] = seen.unfinished;
    made["interrupted"] = seen.interrupted;
    made["events"] = result.events;
    made["event_throughput"] = result.a_second(result.events);
    made["steady"] = steady_block(result.steady);
    made["errors_by_kind"] = error_block(result);
    made["client"] = client_block(facts, seen);
    json::array warnings;
    for (const auto& doubt : doubts(facts, seen, result))
        warnings.push_back(json::value(doubt));
    made["warnings"] = std::move(warnings);
    made["series"] = series_block(seen);
    if (!steps.empty())
        made["sweep"] = sweep_block(steps);
    if (facts.load.detailed)
        add_each_request(made, seen);
    return made;
}

std::string csv_report(const run_facts& facts, const measurements& seen, const summary& result)
{
    std::string text = "measure,counted_from,count,mean_ms,std_ms,min_ms,max_ms";
    for (const auto percent : facts.percentiles)
        text += fmt::format(",p{:g}_ms", percent);
    text += "\n";
    for (const auto& one : result.measures) {
        const auto key = key_of(one.what);
        csv_line(text, key, "intended", one.from(counted_from::intended), facts.percentiles);
        if (one.what == measure::token_time)
            continue;
        csv_line(text, key, "queued", one.from(counted_from::queued), facts.percentiles);
        csv_line(text, key, "sent", one.from(counted_from::sent), facts.percentiles);
    }
    csv_line(text, "itl", "", seen.gaps, facts.percentiles);
    return text;
}

std::string record_line(const request_record& one, const measurements& of)
{
    const auto error = one.good() ? std::string("null")
                                  : json::serialize(json::value(of.errors[one.error - 1].name));
    auto line =
        fmt::format(R"({{"number":{},"warm_up":{},"error":{})", one.number, !one.measured, error);
    const auto add = [&](std::string_view name, run_time at) {
        line += fmt::format(R"(,"{}_ms":{})", name, in_milliseconds(at));
    };
    add("intended", one.intended);
    add("queued", one.queued);
    add("sent", one.sent);
    add("head", one.head);
    add("first_event", one.first_event);
    add("first_content", one.first_content);
    add("last_content", one.last_content);
    add("action", one.action);
    add("ended", one.ended);
    return line + fmt::format(",\"input_tokens\":{},\"output_tokens\":{},\"events\":{}}}\n",
                              one.prompt_tokens, one.output_tokens, one.events);
}

} // namespace aloft::tools::bench
