#pragma once

#include "base/timer_wheel.hpp"

#include <algorithm>

namespace aloft::policy {

/// Keeps retries to a share of requests: each request brings a part of a token, a retry takes a
/// whole one. So where everything fails, the server sees little more than what was asked for.
class retry_budget {
public:
    /// \param share  retries for each request in the long run; infinity for no bound
    explicit retry_budget(double share) noexcept : share_(share), tokens_(share * at_first) {}

    void requested() noexcept { tokens_ = std::min(tokens_ + share_, share_ * most); }
    /// Takes a token for a retry, if there is one. Who has not retried for a while may, whatever
    /// came of that.
    bool take(tick now) noexcept
    {
        if (tokens_ < 1 && now < last_ + always)
            return false;
        tokens_ = std::max(tokens_ - 1, 0.0);
        last_ = now;
        return true;
    }

private:
    // Requests whose share is there before they were made, and whose share is saved at the most.
    static constexpr double at_first = 100;
    static constexpr double most = 1000;
    static constexpr tick always = 3'000;

    double share_;
    double tokens_;
    tick last_ = 0; // when a token was taken
};

} // namespace aloft::policy
