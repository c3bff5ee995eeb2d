#include "policy/adaptive_throttle.hpp"

#include <algorithm>
#include <cmath>

namespace aloft::policy {

void adaptive_throttle::count(bool accepted, tick now) noexcept
{
    turn(now);
    auto& current = ring_[at_ % slots];
    for (slot* each : {&current, &sum_}) {
        ++each->attempts;
        each->accepted += accepted ? 1 : 0;
    }
}

double adaptive_throttle::refusal(tick now) noexcept
{
    turn(now);
    if (std::isinf(k_))
        return 0;
    const double attempts = sum_.attempts;
    return std::max(0.0, (attempts - unjudged - k_ * sum_.accepted) / (attempts + 1));
}

// Empties the slots that time has passed over.
void adaptive_throttle::turn(tick now) noexcept
{
    const auto current = now / slot_length;
    for (tick passed = std::min<tick>(current - at_, slots); passed != 0; --passed) {
        auto& old = ring_[(current - passed + 1) % slots];
        sum_.attempts -= old.attempts;
        sum_.accepted -= old.accepted;
        old = slot();
    }
    at_ = current;
}

} // namespace aloft::policy
