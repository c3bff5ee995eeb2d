#include "bench/arrival_pattern.hpp"

#include "bench/numbers.hpp"

#include <aloft/error.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

namespace aloft::tools::bench {
namespace {

namespace json = boost::json;

constexpr double endless = std::numeric_limits<double>::infinity();
constexpr double fastest = 1e7;
constexpr double longest = 1e7;
constexpr std::size_t trace_limit = 10'000'000;

bool is_rate(double value)
{
    return value > 0 && value <= fastest;
}

/// "R1xS1,R2xS2"
std::vector<rate_stage> read_steps(std::string_view text)
{
    std::vector<rate_stage> stages;
    for (const auto piece : split(text, ',')) {
        const auto numbers = read_numbers(piece, 'x');
        if (numbers.size() != 2 || !is_rate(numbers[0]) || !(numbers[1] > 0) ||
            numbers[1] > longest)
            return {};
        stages.push_back({numbers[0], numbers[0], numbers[1]});
    }
    return stages;
}

std::optional<double> number_of(const json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    return value->to_number<double>();
}

std::uint32_t tokens_of(const json::object& object, std::string_view key)
{
    const auto value = number_of(object, key).value_or(0);
    return value > 0 && value <= 1e7 ? static_cast<std::uint32_t>(value) : 0;
}

/// False where the line is not one of a trace.
bool read_arrival(const std::string& line, arrival& to)
{
    error_code ec;
    const auto value = json::parse(line, ec);
    if (ec || !value.is_object())
        return false;
    const auto& object = value.get_object();
    const auto milliseconds = number_of(object, "timestamp");
    const auto seconds = milliseconds ? *milliseconds / 1e3 : number_of(object, "at").value_or(-1);
    if (!(seconds >= 0 && seconds < 9e9))
        return false;
    to.at = nanoseconds(std::llround(seconds * 1e9));
    to.input_tokens = tokens_of(object, "input_length");
    to.output_tokens = tokens_of(object, "output_length");
    return true;
}

} // namespace

std::vector<arrival> read_trace(const std::string& path, std::string& problem)
{
    std::ifstream file(path);
    if (!file) {
        problem = "cannot read " + path;
        return {};
    }
    std::vector<arrival> all;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        if (!read_arrival(line, all.emplace_back())) {
            problem = fmt::format("{}, line {}: wants {{\"timestamp\": MILLISECONDS}} or {{\"at\": "
                                  "SECONDS}}",
                                  path, number);
            return {};
        }
        if (all.size() > trace_limit) {
            problem = fmt::format("{} has more than {} lines", path, trace_limit);
            return {};
        }
    }
    if (all.empty())
        problem = path + " has no line";
    return all;
}

std::optional<arrival_pattern> arrival_pattern::parse(const std::string& text, std::string& problem)
{
    arrival_pattern made;
    made.text_ = text;
    if (text == "closed")
        return made;
    const auto colon = std::min(text.find(':'), text.size());
    const auto rest = text.substr(std::min(colon + 1, text.size()));
    problem = made.read_parameters(std::string_view(text).substr(0, colon), rest);
    if (!problem.empty())
        return std::nullopt;
    return made;
}

// What is wrong with them; empty where nothing is.
std::string arrival_pattern::read_parameters(std::string_view kind, std::string_view rest)
{
    if (kind == "trace") {
        std::string problem;
        trace_ = read_trace(std::string(rest), problem);
        return problem;
    }
    if (kind == "step") {
        stages_ = read_steps(rest);
        return stages_.empty() ? "step wants RATExSECONDS,RATExSECONDS..., such as 10x30,50x30"
                               : "";
    }
    const auto numbers = read_numbers(rest, ',');
    if (kind == "constant" || kind == "poisson") {
        if (numbers.size() != 1 || !is_rate(numbers[0]))
            return fmt::format("{0} wants a rate, such as {0}:50", kind);
        stages_ = {{numbers[0], numbers[0], endless}};
        if (kind == "poisson")
            burstiness_ = 1;
        return {};
    }
    if (kind == "gamma") {
        if (numbers.size() != 2 || !is_rate(numbers[0]) || !(numbers[1] > 0 && numbers[1] <= 1e6))
            return "gamma wants a rate and a burstiness, such as gamma:50,0.25";
        stages_ = {{numbers[0], numbers[0], endless}};
        burstiness_ = numbers[1];
        return {};
    }
    if (kind == "ramp") {
        const bool good = numbers.size() == 3 && numbers[0] >= 0 && numbers[0] <= fastest &&
                          is_rate(numbers[1]) && numbers[2] > 0 && numbers[2] <= longest;
        if (!good)
            return "ramp wants two rates and seconds, such as ramp:10,200,60";
        stages_ = {{numbers[0], numbers[1], numbers[2]}, {numbers[1], numbers[1], endless}};
        return {};
    }
    return fmt::format("wants closed, constant:R, poisson:R, gamma:R,B, ramp:R,R,S, step:RxS,RxS "
                       "or trace:FILE, not \"{}\"",
                       text_);
}

bool arrival_pattern::ends() const noexcept
{
    return !trace_.empty() || (!stages_.empty() && !std::isinf(stages_.back().seconds));
}

double arrival_pattern::rate() const
{
    return has_single_rate() ? stages_.front().from : endless;
}

arrival_pattern arrival_pattern::at_rate(double rate) const
{
    auto made = *this;
    made.stages_ = {{rate, rate, endless}};
    const auto colon = text_.find(':'); // behind it stands the rate, and for gamma the burstiness
    const auto rest = std::min(text_.find(',', colon), text_.size());
    made.text_ = fmt::format("{}:{:g}{}", text_.substr(0, colon), rate, text_.substr(rest));
    return made;
}

std::unique_ptr<arrival_plan> arrival_pattern::plan(std::uint64_t seed) const
{
    if (!trace_.empty())
        return std::make_unique<replayed_arrivals>(trace_, speed_);
    return std::make_unique<staged_arrivals>(stages_, arrival_gaps(burstiness_, seed));
}

} // namespace aloft::tools::bench
