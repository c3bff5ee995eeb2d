#include "configuration/settings.hpp"

namespace aloft::tools {

using namespace std::chrono_literals;
using kind = value_rules::kind;
using values = configuration;
using std::chrono::milliseconds;

void add_balancing_settings(settings& to)
{
    add_setting<std::string>(
        to, "balancing.affinity",
        "none, or prefix: conversations and prompts that begin alike stay with a server",
        one_of({"none", "prefix"}),
        [](values& v, const std::string& kind) {
            v.balancing.affinity(kind == "prefix" ? affinity::prefix : affinity::none,
                                 v.balancing.load_bound());
        },
        [](const values& v) {
            return std::string(v.balancing.affinity() == affinity::prefix ? "prefix" : "none");
        })
        .of(model_commands)
        .flag({"--affinity", "KIND", {}, {}}, command::run | command::bench)
        .rare();
    add_setting<double>(
        to, "balancing.load_bound",
        "How many times its share such a server may have before others are asked", numbers(1, 1000),
        [](values& v, double bound) { v.balancing.affinity(v.balancing.affinity(), bound); },
        [](const values& v) { return v.balancing.load_bound(); })
        .of(model_commands);
    add_setting<unsigned>(
        to, "balancing.unreachable_in_a_row",
        "Attempts in a row that did not reach a server, after which it is left alone",
        counts(1, 1'000'000),
        [](values& v, unsigned n) {
            v.balancing.failures_in_a_row(n, v.balancing.failed_in_a_row());
        },
        [](const values& v) { return v.balancing.unreachable_in_a_row(); })
        .of(model_commands);
    add_setting<unsigned>(
        to, "balancing.failed_in_a_row", "The same for attempts that failed", counts(1, 1'000'000),
        [](values& v, unsigned n) {
            v.balancing.failures_in_a_row(v.balancing.unreachable_in_a_row(), n);
        },
        [](const values& v) { return v.balancing.failed_in_a_row(); })
        .of(model_commands);
    add_setting<double>(
        to, "balancing.failing_share", "The share of failed attempts beyond which it is",
        numbers(0, 1),
        [](values& v, double share) {
            v.balancing.failing_share(share, v.balancing.failing_attempts());
        },
        [](const values& v) { return v.balancing.failing_share(); })
        .of(model_commands);
    add_setting<unsigned>(
        to, "balancing.failing_attempts", "Of how many within ten seconds at the least",
        counts(1, 1'000'000),
        [](values& v, unsigned n) { v.balancing.failing_share(v.balancing.failing_share(), n); },
        [](const values& v) { return v.balancing.failing_attempts(); })
        .of(model_commands);
}

void add_ejection_settings(settings& to)
{
    add_setting<milliseconds>(
        to, "balancing.ejection", "For how long it is left alone, the first time; then doubled",
        times(1ms, 8760h),
        [](values& v, milliseconds time) {
            v.balancing.ejection(time, v.balancing.longest_ejection());
        },
        [](const values& v) { return v.balancing.ejection(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "balancing.longest_ejection", "What that grows to", times(1ms, 8760h),
        [](values& v, milliseconds time) { v.balancing.ejection(v.balancing.ejection(), time); },
        [](const values& v) { return v.balancing.longest_ejection(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "balancing.slow_start", "How long it takes a server that came back to get its share",
        times(0ms, 24h), [](values& v, milliseconds time) { v.balancing.slow_start(time); },
        [](const values& v) { return v.balancing.slow_start(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "balancing.cooldown",
        "For how long a server without quota is left alone that does not say itself",
        times(1ms, 8760h),
        [](values& v, milliseconds time) {
            v.balancing.cooldown(time, v.balancing.longest_cooldown());
        },
        [](const values& v) { return v.balancing.cooldown(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "balancing.longest_cooldown", "The longest that it may ask for", times(1ms, 8760h),
        [](values& v, milliseconds time) { v.balancing.cooldown(v.balancing.cooldown(), time); },
        [](const values& v) { return v.balancing.longest_cooldown(); })
        .of(model_commands);
}

void add_health_settings(settings& to)
{
    add_setting<bool>(
        to, "health.enabled", "Ask each of several servers whether it is well", any(kind::truth),
        [](values& v, bool yes) { v.checks_health = yes; },
        [](const values& v) { return v.checks_health; })
        .of(model_commands);
    add_setting<std::string>(
        to, "health.path", "Where, on the server", any(kind::text),
        [](values& v, std::string path) { v.health.path(std::move(path)); },
        [](const values& v) { return v.health.path(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "health.interval", "How often", times(100ms, 24h),
        [](values& v, milliseconds time) { v.health.interval(time); },
        [](const values& v) { return v.health.interval(); })
        .of(model_commands);
    add_setting<milliseconds>(
        to, "health.timeout", "How long an answer is waited for", times(1ms, 1h),
        [](values& v, milliseconds time) { v.health.timeout(time); },
        [](const values& v) { return v.health.timeout(); })
        .of(model_commands);
    add_setting<unsigned>(
        to, "health.failures_in_a_row", "Failures in a row after which it is taken out",
        counts(1, 1000), [](values& v, unsigned n) { v.health.failures_in_a_row(n); },
        [](const values& v) { return v.health.failures_in_a_row(); })
        .of(model_commands);
}

} // namespace aloft::tools
