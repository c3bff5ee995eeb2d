#include "bench/rate_sweep.hpp"

#include <algorithm>
#include <cmath>

namespace aloft::tools::bench {

rate_search::rate_search(double lowest, double highest, double closeness) :
    lowest_(lowest), highest_(highest), closeness_(closeness)
{
}

std::optional<double> rate_search::next() const
{
    if (!kept_)
        return missed_ ? std::nullopt : std::optional(lowest_);
    if (!missed_)
        return *kept_ >= highest_ ? std::nullopt : std::optional(std::min(*kept_ * 2, highest_));
    if (*missed_ <= *kept_ * (1 + closeness_))
        return std::nullopt;
    return std::sqrt(*kept_ * *missed_);
}

void rate_search::tried(double rate, bool kept)
{
    (kept ? kept_ : missed_) = rate;
}

} // namespace aloft::tools::bench
