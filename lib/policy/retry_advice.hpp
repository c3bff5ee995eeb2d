#pragma once

#include <aloft/fields.hpp>

#include <chrono>
#include <optional>

namespace aloft::policy {

/// What a response's head says about another attempt.
class retry_advice {
public:
    std::optional<std::chrono::milliseconds> wait; ///< so long at the least
    std::optional<bool> again; ///< `x-should-retry`, which is above all else
};

/// `retry-after-ms`, else `retry-after` in seconds or as a date, else `x-ratelimit-reset-requests`
/// and `-tokens` of what nothing remains. What cannot be read counts as absent, what has passed as
/// no wait. \param now  where the response has no date to compare with
retry_advice read_retry_advice(const fields& head, std::chrono::system_clock::time_point now);

} // namespace aloft::policy
