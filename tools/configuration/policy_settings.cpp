#include "configuration/settings.hpp"

namespace aloft::tools {

using namespace std::chrono_literals;
using kind = value_rules::kind;
using values = configuration;
using std::chrono::milliseconds;
using limit = std::optional<std::uint64_t>;

namespace {

constexpr std::uint64_t most_a_minute = 300'000'000;

limit unless_zero(std::uint64_t value)
{
    return value != 0 ? limit(value) : limit();
}

} // namespace

void add_limit_settings(settings& to)
{
    add_setting<std::size_t>(
        to, "max_in_flight", "Requests in flight at once", counts(1, 1'000'000),
        [](values& v, std::size_t n) { v.http.max_in_flight(n); },
        [](const values& v) { return v.http.max_in_flight(); })
        .of(command::run)
        .flag({"--max-in-flight", "N", {}, {}});
    add_setting<std::uint64_t>(
        to, "run.max_body_memory", "Request bodies held at once, such as 256MiB",
        sizes(1, std::uint64_t{1} << 44),
        [](values& v, std::uint64_t bytes) { v.max_body_memory = bytes; },
        [](const values& v) { return v.max_body_memory; })
        .of(command::run)
        .flag({"--max-body-memory", "BYTES", {}, {}});
    add_setting<milliseconds>(
        to, "run.max_outage", "How long to wait for a server that was there and is away",
        times(0ms, 8760h), [](values& v, milliseconds time) { v.max_outage = time; },
        [](const values& v) { return v.max_outage; })
        .of(command::run)
        .flag({"--max-outage", "SECONDS", {}, {}});
}

void add_rate_settings(settings& to)
{
    add_setting<limit>(
        to, "limits.requests_per_minute", "Requests that begin in a minute at the most",
        or_off(counts(1, most_a_minute)),
        [](values& v, limit n) { v.requests_per_minute = n.value_or(0); },
        [](const values& v) { return unless_zero(v.requests_per_minute); })
        .of(patient_commands)
        .flag({"--requests-per-minute", "N", {}, {}}, command::run);
    add_setting<limit>(
        to, "limits.request_burst", "How many of them at once; a second's worth by default",
        or_off(counts(1, most_a_minute)),
        [](values& v, limit n) { v.request_burst = n.value_or(0); },
        [](const values& v) { return unless_zero(v.request_burst); })
        .of(patient_commands);
    add_setting<limit>(
        to, "limits.tokens_per_minute", "Tokens of prompts and answers in a minute at the most",
        or_off(counts(1, most_a_minute)),
        [](values& v, limit n) { v.tokens_per_minute = n.value_or(0); },
        [](const values& v) { return unless_zero(v.tokens_per_minute); })
        .of(patient_commands)
        .flag({"--tokens-per-minute", "N", {}, {}}, command::run);
    add_setting<limit>(
        to, "limits.token_burst", "How many of them at once; a second's worth by default",
        or_off(counts(1, most_a_minute)), [](values& v, limit n) { v.token_burst = n.value_or(0); },
        [](const values& v) { return unless_zero(v.token_burst); })
        .of(patient_commands);
    add_setting<bool>(
        to, "limits.follow_server",
        "Keep to what the server says is left; by default where there is a limit, or adaptive",
        any(kind::truth), [](values& v, bool yes) { v.follow_server = yes; },
        [](const values& v) { return v.follow_server.value_or(v.limits_rates()); })
        .of(patient_commands);
}

void add_adaptive_settings(settings& to)
{
    add_setting<bool>(
        to, "adaptive.enabled", "Find out how many requests at once the server takes",
        any(kind::truth), [](values& v, bool yes) { v.adapts = yes; },
        [](const values& v) { return v.adapts; })
        .of(patient_commands)
        .flag({"--adaptive", {}, "true", {}}, command::run);
    add_setting<std::size_t>(
        to, "adaptive.initial", "Requests at once to begin with", counts(1, 1'000'000),
        [](values& v, std::size_t n) { v.adaptive.initial(n); },
        [](const values& v) { return v.adaptive.initial(); })
        .of(patient_commands);
    add_setting<std::size_t>(
        to, "adaptive.least", "At the least", counts(1, 1'000'000),
        [](values& v, std::size_t n) { v.adaptive.bounds(n, std::max(n, v.adaptive.most())); },
        [](const values& v) { return v.adaptive.least(); })
        .of(patient_commands);
    add_setting<std::size_t>(
        to, "adaptive.most", "At the most", counts(1, 1'000'000),
        [](values& v, std::size_t n) { v.adaptive.bounds(v.adaptive.least(), n); },
        [](const values& v) { return v.adaptive.most(); })
        .of(patient_commands);
    add_setting<double>(
        to, "adaptive.decrease", "What is left of it when the server has too much",
        numbers(0.1, 0.95), [](values& v, double factor) { v.adaptive.decrease(factor); },
        [](const values& v) { return v.adaptive.decrease(); })
        .of(patient_commands);
    add_setting<double>(
        to, "adaptive.first_token_tolerance",
        "Shrink where the time to the first token is so many times the usual one",
        or_off(numbers(1, 1000)),
        [](values& v, double times) {
            if (std::isfinite(times))
                v.adaptive.follow_first_token(times, v.adaptive.queue());
        },
        [](const values& v) {
            return v.adaptive.follows_first_token() ? v.adaptive.tolerance()
                                                    : std::numeric_limits<double>::infinity();
        })
        .of(patient_commands);
}

void add_retry_settings(settings& to)
{
    add_setting<unsigned>(
        to, "retries.attempts", "How often a prompt is sent again whose failure may pass",
        counts(0, 1'000'000), [](values& v, unsigned n) { v.retries.retries(n); },
        [](const values& v) { return v.retries.retries(); })
        .of(patient_commands)
        .flag({"--retries", "N", {}, {}}, command::run);
    add_setting<time_limit>(
        to, "retries.window", "For how long after its first attempt", or_off(times(1ms, 8760h)),
        [](values& v, time_limit time) { v.retries.window(time); },
        [](const values& v) { return v.retries.window(); })
        .of(patient_commands)
        .flag({"--retry-window", "SECONDS", {}, {}}, command::run);
    add_setting<milliseconds>(
        to, "retries.backoff", "The longest wait before the first retry; doubled with each",
        times(1ms, 24h),
        [](values& v, milliseconds time) { v.retries.backoff(time, v.retries.longest_backoff()); },
        [](const values& v) { return v.retries.first_backoff(); })
        .of(patient_commands);
    add_setting<milliseconds>(
        to, "retries.longest_backoff", "What that grows to", times(1ms, 24h),
        [](values& v, milliseconds time) { v.retries.backoff(v.retries.first_backoff(), time); },
        [](const values& v) { return v.retries.longest_backoff(); })
        .of(patient_commands);
    add_setting<milliseconds>(
        to, "retries.longest_wait", "The longest wait that a server may ask for (retry-after)",
        times(0ms, 8760h), [](values& v, milliseconds time) { v.retries.longest_wait(time); },
        [](const values& v) { return v.retries.longest_wait(); })
        .of(patient_commands);
    add_setting<double>(
        to, "retries.budget", "Retries for each request in the long run", or_off(numbers(0, 1000)),
        [](values& v, double share) { v.http.retry_budget(share); },
        [](const values& v) { return v.http.retry_budget(); })
        .of(patient_commands);
    add_setting<double>(
        to, "retries.throttle",
        "Attempts for each accepted one from which on retries are held back by chance",
        or_off(numbers(1, 1000)), [](values& v, double n) { v.http.retry_throttle(n); },
        [](const values& v) { return v.http.retry_throttle(); })
        .of(patient_commands);
    add_setting<unsigned>(
        to, "retries.replays", "How often what the server provably did not process is sent again",
        counts(0, 1000), [](values& v, unsigned n) { v.http.max_replays(n); },
        [](const values& v) { return v.http.max_replays(); })
        .of(patient_commands);
}

void add_hedging_settings(settings& to)
{
    add_setting<bool>(
        to, "hedging.enabled",
        "Send a request a second time whose first token is late, and take the first answer",
        any(kind::truth), [](values& v, bool yes) { v.hedges = yes; },
        [](const values& v) { return v.hedges; })
        .of(command::run | command::chat)
        .flag({"--hedge", {}, "true", {}}, command::run);
    add_setting<double>(
        to, "hedging.percentile", "The share of requests that are answered earlier",
        numbers(0.01, 0.9999), [](values& v, double share) { v.hedging.percentile(share); },
        [](const values& v) { return v.hedging.percentile(); })
        .of(command::run | command::chat);
    add_setting<milliseconds>(
        to, "hedging.least_delay", "How late the first token is at the least", times(0ms, 24h),
        [](values& v, milliseconds time) { v.hedging.least_delay(time); },
        [](const values& v) { return v.hedging.least_delay(); })
        .of(command::run | command::chat);
    add_setting<double>(
        to, "hedging.budget", "Second copies for each request in the long run", numbers(0, 1),
        [](values& v, double share) { v.hedging.budget(share); },
        [](const values& v) { return v.hedging.budget(); })
        .of(command::run | command::chat);
}

} // namespace aloft::tools
