#pragma once

#include <aloft/deadlines.hpp>

#include <chrono>

namespace aloft {

/// When and how often a request is tried again that failed for a reason that may pass. An attempt
/// waits by chance between nothing and a time that doubles (full jitter), or as long as the server
/// asks for. Setters chain; each default stands in docs/limits.md.
///
/// Other bounds are the client's: client_options::retry_budget and retry_throttle.
class retry_rules {
public:
    using milliseconds = std::chrono::milliseconds;

    /// How often it may be tried again.
    constexpr retry_rules& retries(unsigned times) { return retries_ = times, *this; }
    /// Time since the request began after which no attempt begins any more.
    constexpr retry_rules& window(time_limit limit) { return window_ = limit, *this; }
    /// The longest wait before the first retry, doubled with each one, and what it grows to.
    constexpr retry_rules& backoff(milliseconds first, milliseconds longest)
    {
        return first_ = first, longest_ = longest, *this;
    }
    /// The longest wait a server may ask for (retry-after). Where it asks for more, the request
    /// fails at once.
    constexpr retry_rules& longest_wait(milliseconds limit) { return longest_wait_ = limit, *this; }
    /// Whether that goes for a server that could not be reached, too. On by default.
    constexpr retry_rules& unreachable(bool yes) { return unreachable_ = yes, *this; }
    /// No attempt but the first.
    static constexpr retry_rules none() { return retry_rules().retries(0); }

    [[nodiscard]] constexpr unsigned retries() const noexcept { return retries_; }
    [[nodiscard]] constexpr time_limit window() const noexcept { return window_; }
    [[nodiscard]] constexpr milliseconds first_backoff() const noexcept { return first_; }
    [[nodiscard]] constexpr milliseconds longest_backoff() const noexcept { return longest_; }
    [[nodiscard]] constexpr milliseconds longest_wait() const noexcept { return longest_wait_; }
    [[nodiscard]] constexpr bool unreachable() const noexcept { return unreachable_; }

private:
    unsigned retries_ = 2;
    time_limit window_{std::chrono::minutes(10)};
    milliseconds first_{500};
    milliseconds longest_{8'000};
    milliseconds longest_wait_{120'000};
    bool unreachable_ = true;
};

} // namespace aloft
