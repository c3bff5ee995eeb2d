#include "base/timer_service.hpp"

namespace aloft {

void timer_service::advance(tick now)
{
    now_ = std::max(now_, now);
    // Entries armed by callbacks must not ask for a wake-up each: which is next is known only when
    // all have fired.
    asked_ = 0;
    try {
        wheel_.advance(now_);
    } catch (...) {
        wake_next();
        throw;
    }
    wake_next();
}

void timer_service::wake_next()
{
    asked_ = never;
    if (const auto next = wheel_.next_expiry())
        wake_before(*next);
}

} // namespace aloft
