#pragma once

#include "base/timer_wheel.hpp"
#include "policy/retry_advice.hpp"
#include "policy/retry_gate.hpp"

#include <aloft/error_table.hpp>
#include <aloft/retry_rules.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace aloft::policy {

/// Why no further attempt is made.
enum class retry_end : std::uint8_t {
    none, ///< one is made
    permanent, ///< it would fail again
    told, ///< the server says not to (x-should-retry)
    quota, ///< nothing is left, and nobody says until when
    unsafe, ///< the server may have acted on the one before
    used_up, ///< as many were made as the rules allow
    wait_too_long, ///< the server asks for a longer wait than the rules allow
    window, ///< it would begin after the window
    deadline, ///< or after the request's total time
    budget, ///< too many of the requests to this server are retries already
    throttled, ///< hardly any attempt is accepted by this server
};

/// An attempt that failed.
class failed_attempt {
public:
    error_class means = error_class::permanent;
    bool safe = true; ///< the server has not acted on it, or may act twice
    retry_advice advice;
    bool of_server = false; ///< another server may answer what this one never will
    bool elsewhere = false; ///< another server takes the next attempt, which so need not wait
    bool unanswered = false; ///< the server said nothing
};

/// Decides whether one request is tried again, and when.
class retry_schedule {
public:
    static constexpr tick never = std::numeric_limits<tick>::max();

    /// \param deadline  of the whole request, or `never`
    retry_schedule(const retry_rules& rules, tick started, tick deadline) noexcept :
        rules_(rules), started_(started), deadline_(deadline)
    {
    }

    /// True: wait for wait(), then try again. False: why() says why not.
    bool again(const failed_attempt& what, retry_gate& gate, tick now, std::minstd_rand& random);

    [[nodiscard]] std::chrono::milliseconds wait() const noexcept { return wait_; }
    [[nodiscard]] unsigned retries() const noexcept { return retries_; }
    /// All waits so far.
    [[nodiscard]] std::chrono::milliseconds waited() const noexcept { return waited_; }
    [[nodiscard]] retry_end why() const noexcept { return why_; }
    /// The same in words.
    [[nodiscard]] std::string why_in_words() const;

private:
    [[nodiscard]] retry_end forbidden(const failed_attempt& what) const noexcept;
    void choose_wait(const retry_advice& advice, std::minstd_rand& random);

    retry_rules rules_;
    tick started_;
    tick deadline_;
    std::chrono::milliseconds wait_{0};
    std::chrono::milliseconds waited_{0};
    unsigned retries_ = 0;
    retry_end why_ = retry_end::none;
};

} // namespace aloft::policy
