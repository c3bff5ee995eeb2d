#include "policy/endpoint_watch.hpp"

namespace aloft::policy {

endpoint_watch::endpoint_watch(const health_check& rules) noexcept :
    interval_(static_cast<tick>(rules.interval().count())),
    most_failures_(rules.failures_in_a_row())
{
}

void endpoint_watch::begin(tick now, std::minstd_rand& random)
{
    due_ = now + std::uniform_int_distribution<tick>(0, interval_)(random);
}

bool endpoint_watch::answered(endpoint_health what, tick now, std::minstd_rand& random)
{
    asking_ = false;
    last_ = what;
    of_use_ = what != endpoint_health::unknown;
    const auto fifth = interval_ / 5;
    due_ = now + interval_ - fifth + std::uniform_int_distribution<tick>(0, 2 * fifth)(random);
    if (what != endpoint_health::ill) {
        failures_ = 0;
        return false;
    }
    ++failed_;
    return ++failures_ >= most_failures_;
}

} // namespace aloft::policy
