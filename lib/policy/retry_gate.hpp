#pragma once

#include "policy/adaptive_throttle.hpp"
#include "policy/retry_budget.hpp"

namespace aloft::policy {

/// What all requests to one server share when it comes to retries.
class retry_gate {
public:
    retry_gate(double share, double k) noexcept : budget(share), throttle(k) {}

    retry_budget budget;
    adaptive_throttle throttle;
};

} // namespace aloft::policy
