#include "bench/objectives.hpp"

#include "bench/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools::bench {

std::string objectives::add(const std::string& text)
{
    for (const auto piece : split(text, ',')) {
        const auto colon = piece.find(':');
        const auto what = measure_of(piece.substr(0, colon));
        const auto bound = colon == piece.npos ? std::vector<double>()
                                               : read_numbers(piece.substr(colon + 1), ',');
        if (!what || bound.size() != 1 || !(bound[0] > 0)) {
            std::string keys;
            for (const auto& one : measures())
                keys.append(keys.empty() ? "" : ", ").append(one.key);
            return fmt::format("wants MEASURE:MILLISECONDS, such as ttft:500, not \"{}\"; there "
                               "are {}",
                               piece, keys);
        }
        bounds_.emplace_back(*what, bound[0]);
    }
    return {};
}

bool objectives::met(const request_record& one) const noexcept
{
    return one.good() && std::all_of(bounds_.begin(), bounds_.end(), [&](const auto& bound) {
               // A measure that a request does not have was kept: one token has no gap.
               const auto value = value_of(one, bound.first);
               return !value || static_cast<double>(*value) <= bound.second * 1e6;
           });
}

std::string objectives::text() const
{
    std::string said;
    for (const auto& [what, bound] : bounds_)
        said += fmt::format("{}{} <= {} ms", said.empty() ? "" : ", ", key_of(what), bound);
    return said;
}

} // namespace aloft::tools::bench
