#include "sim/script_words.hpp"

#include <aloft/sim.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aloft::sim {
namespace {

constexpr double longest = 1e12; // a dozen days, in microseconds

double count(distribution::microseconds value)
{
    return static_cast<double>(std::max<std::int64_t>(value.count(), 0));
}

std::optional<double> parse_sigma(std::string_view text)
{
    const auto value = parse_number(text);
    return value && *value >= 0 && *value <= 10 ? value : std::nullopt;
}

} // namespace

distribution distribution::constant(microseconds value)
{
    return {shape::constant, count(value), 0};
}

distribution distribution::uniform(microseconds low, microseconds high)
{
    return {shape::uniform, count(low), std::max(count(low), count(high))};
}

distribution distribution::exponential(microseconds mean)
{
    return {shape::exponential, count(mean), 0};
}

distribution distribution::lognormal(microseconds median, double sigma)
{
    return {shape::lognormal, count(median), sigma};
}

std::optional<distribution> distribution::parse(std::string_view text, std::string& problem)
{
    constexpr auto npos = std::string_view::npos;
    const auto colon = text.find(':');
    const auto name = colon == npos ? std::string_view("constant") : text.substr(0, colon);
    const auto rest = colon == npos ? text : text.substr(colon + 1);
    const auto comma = rest.find(',');
    const bool two = comma != npos;
    const auto first = parse_duration(rest.substr(0, comma));
    const auto second = two ? rest.substr(comma + 1) : std::string_view();
    const std::string quoted = "\"" + std::string(text) + "\" is not a distribution: ";

    if (name == "constant" && first && !two)
        return constant(*first);
    if (name == "exponential" && first && !two)
        return exponential(*first);
    if (name == "uniform") {
        const auto high = parse_duration(second);
        if (first && high && *first <= *high)
            return uniform(*first, *high);
        problem = quoted + "uniform wants two times, the lower first, as in uniform:10ms,30ms";
    } else if (name == "lognormal") {
        const auto sigma = parse_sigma(second);
        if (first && sigma)
            return lognormal(*first, *sigma);
        problem =
            quoted + "lognormal wants a median and a sigma of 0 to 10, as in lognormal:120ms,0.5";
    } else if (colon != npos && (name == "constant" || name == "exponential")) {
        problem =
            quoted + std::string(name) + " wants one time, as in " + std::string(name) + ":20ms";
    } else {
        problem = quoted + "it is a time such as 20ms, or begins with constant:, uniform:, "
                           "exponential: or lognormal:";
    }
    return std::nullopt;
}

distribution::microseconds distribution::at(double u, double v) const noexcept
{
    double value = first_;
    switch (kind_) {
    case shape::constant: break;
    case shape::uniform: value = first_ + (second_ - first_) * u; break;
    case shape::exponential: value = -first_ * std::log(u); break;
    case shape::lognormal:
        // Box and Muller's transform.
        value = first_ * std::exp(second_ * std::sqrt(-2 * std::log(u)) *
                                  std::cos(2 * std::numbers::pi * v));
        break;
    }
    return microseconds(std::llround(std::min(value, longest)));
}

distribution::microseconds distribution::mean() const noexcept
{
    double value = first_;
    if (kind_ == shape::uniform)
        value = (first_ + second_) / 2;
    else if (kind_ == shape::lognormal)
        value = first_ * std::exp(second_ * second_ / 2);
    return microseconds(std::llround(std::min(value, longest)));
}

options::options() :
    first_token_(distribution::lognormal(std::chrono::milliseconds(150), 0.4)),
    token_gap_(distribution::lognormal(std::chrono::milliseconds(25), 0.3))
{
}

} // namespace aloft::sim
