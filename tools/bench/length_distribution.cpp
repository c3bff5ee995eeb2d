#include "bench/length_distribution.hpp"

#include "bench/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace aloft::tools::bench {
namespace {

constexpr double most = 1e7;

} // namespace

length_distribution::length_distribution(std::uint32_t value) :
    length_distribution(kind::uniform, value, value)
{
}

std::optional<length_distribution> length_distribution::parse(std::string_view text,
                                                              std::string& problem)
{
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon == text.npos ? 0 : colon);
    const auto rest = text.substr(colon == text.npos ? 0 : colon + 1);
    const auto numbers = read_numbers(rest, name.empty() ? '-' : ',');
    const bool good = !numbers.empty() && numbers.size() <= 2 && numbers[0] >= 1 &&
                      numbers[0] <= most && numbers.back() >= 0 && numbers.back() <= most;
    if (good && name.empty() && numbers.back() >= numbers[0])
        return length_distribution(kind::uniform, numbers[0], numbers.back());
    if (good && numbers.size() == 2 && name == "normal")
        return length_distribution(kind::normal, numbers[0], numbers[1]);
    if (good && numbers.size() == 2 && name == "lognormal" && numbers[1] <= 10)
        return length_distribution(kind::lognormal, std::log(numbers[0]), numbers[1]);
    problem = fmt::format("wants tokens, such as 512, 100-900, normal:512,128 or "
                          "lognormal:512,0.5, not \"{}\"",
                          text);
    return std::nullopt;
}

std::uint32_t length_distribution::draw(std::mt19937_64& random) const
{
    double value = 0;
    switch (how_) {
    case kind::uniform:
        value = std::uniform_real_distribution<double>(first_ - 0.5, second_ + 0.5)(random);
        break;
    case kind::normal: value = std::normal_distribution<double>(first_, second_)(random); break;
    case kind::lognormal:
        value = std::lognormal_distribution<double>(first_, second_)(random);
        break;
    }
    return static_cast<std::uint32_t>(std::clamp(std::round(value), 1.0, most));
}

} // namespace aloft::tools::bench
