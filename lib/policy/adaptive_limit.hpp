#pragma once

#include "base/timer_wheel.hpp"
#include "policy/latency_gradient.hpp"

#include <aloft/adaptive_concurrency.hpp>

#include <cstddef>
#include <cstdint>

namespace aloft::policy {

/// How many requests a server is given at once, learned from what becomes of them. Additive
/// increase and multiplicative decrease on the server's own words, with a slow start; with a
/// gradient on the time to the first token besides, where that is asked for.
class adaptive_limit {
public:
    explicit adaptive_limit(const adaptive_concurrency& how) noexcept;

    [[nodiscard]] std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }

    /// A request was answered well. \param in_flight  requests under way, that one included
    void answered(std::size_t in_flight) noexcept;
    /// The server said that it has too much. \param sent_at  when that request was sent
    void overloaded(tick sent_at, tick now) noexcept;
    /// A request's first token was there after `milliseconds`.
    /// \param prompt_tokens  of that request; 0 where nobody knows
    void first_token(double milliseconds, std::uint64_t prompt_tokens,
                     std::size_t in_flight) noexcept;

private:
    // A limit that is not used says nothing about what would be too much.
    [[nodiscard]] bool used(std::size_t in_flight) const noexcept
    {
        return static_cast<double>(in_flight) * 2 >= limit_;
    }
    void set(double limit) noexcept;

    adaptive_concurrency how_;
    latency_gradient gradient_;
    double limit_;
    tick decreased_at_ = 0;
    bool slow_start_ = true;
};

} // namespace aloft::policy
