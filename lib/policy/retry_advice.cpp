#include "policy/retry_advice.hpp"

#include "policy/http_date.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace aloft::policy {
namespace {

using std::chrono::milliseconds;

// Beyond a year nothing is a wait.
constexpr double longest = 365.0 * 24 * 3600 * 1000;

// The number at the front of `text`, which is taken off.
std::optional<double> take_number(std::string_view& text)
{
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || !std::isfinite(value))
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<double> whole_number(std::string_view text)
{
    const auto value = take_number(text);
    return text.empty() ? value : std::nullopt;
}

milliseconds wait_of(double ms)
{
    return milliseconds(static_cast<milliseconds::rep>(std::ceil(std::clamp(ms, 0.0, longest))));
}

std::optional<double> unit_in_ms(std::string_view& text)
{
    constexpr std::pair<std::string_view, double> units[] = {
        {"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
    for (const auto& [name, size] : units) {
        if (text.starts_with(name)) {
            text.remove_prefix(name.size());
            return size;
        }
    }
    return std::nullopt;
}

// "6m0s", "12ms", or plain seconds; servers that send other things (a time since 1970, -1) mean
// nothing that could be waited for.
std::optional<milliseconds> duration(std::string_view text)
{
    constexpr double most_seconds = 86'400;
    if (const auto seconds = whole_number(text)) {
        if (*seconds < 0 || *seconds > most_seconds)
            return std::nullopt;
        return wait_of(*seconds * 1000);
    }
    double sum = 0;
    while (!text.empty()) {
        const auto number = take_number(text);
        const auto unit = number ? unit_in_ms(text) : std::nullopt;
        if (!unit || *number < 0)
            return std::nullopt;
        sum += *number * *unit;
    }
    return wait_of(sum);
}

std::optional<milliseconds> retry_after(const fields& head,
                                        std::chrono::system_clock::time_point now)
{
    if (const auto ms = whole_number(head.get("retry-after-ms").value_or("")))
        return wait_of(*ms);
    const auto text = head.get("retry-after").value_or("");
    if (const auto seconds = whole_number(text))
        return wait_of(*seconds * 1000);
    const auto then = text.empty() ? std::nullopt : parse_http_date(text);
    if (!then)
        return std::nullopt;
    // By the server's own clock, where it tells it: ours may be another.
    const auto said = parse_http_date(head.get("date").value_or(""));
    const auto since = said ? std::chrono::system_clock::time_point(*said) : now;
    return wait_of(std::chrono::duration<double, std::milli>(*then - since).count());
}

std::optional<milliseconds> rate_limit_reset(const fields& head)
{
    constexpr std::pair<std::string_view, std::string_view> limits[] = {
        {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
        {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}};
    std::optional<milliseconds> wait;
    for (const auto& [remaining, reset] : limits) {
        const auto left = whole_number(head.get(remaining).value_or(""));
        const auto until =
            left && *left <= 0 ? duration(head.get(reset).value_or("")) : std::nullopt;
        if (until)
            wait = std::max(wait.value_or(milliseconds(0)), *until);
    }
    return wait;
}

} // namespace

retry_advice read_retry_advice(const fields& head, std::chrono::system_clock::time_point now)
{
    retry_advice read;
    read.wait = retry_after(head, now);
    if (!read.wait)
        read.wait = rate_limit_reset(head);
    const auto again = head.get("x-should-retry").value_or("");
    if (again == "true" || again == "false")
        read.again = again == "true";
    return read;
}

} // namespace aloft::policy
