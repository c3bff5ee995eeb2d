#pragma once

#include <chrono>
#include <cstdint>

namespace aloft {

/// Which requests a client of several servers sends to the same one, where its cache is warm.
enum class affinity : std::uint8_t {
    none, ///< each goes where least is to do
    prefix, ///< those of one session, and of others those whose prompts begin alike
};

/// How a client of several servers spreads its requests, and when it leaves a server alone. Setters
/// chain; each default stands in docs/limits.md.
class balancing_rules {
public:
    using milliseconds = std::chrono::milliseconds;

    /// Attempts in a row that did not reach a server, and that it answered with an error which may
    /// pass or that broke, after which it is left alone.
    constexpr balancing_rules& failures_in_a_row(unsigned unreachable, unsigned failed)
    {
        return unreachable_ = unreachable, failed_ = failed, *this;
    }
    /// The share of failed attempts of at least `attempts` within ten seconds beyond which it is.
    constexpr balancing_rules& failing_share(double share, unsigned attempts)
    {
        return failing_share_ = share, failing_attempts_ = attempts, *this;
    }
    /// For how long, the first time; twice as long each time it happens again, up to `longest`.
    /// Then a single request probes it.
    constexpr balancing_rules& ejection(milliseconds first, milliseconds longest)
    {
        return ejection_ = first, longest_ejection_ = longest, *this;
    }
    /// How long it takes a server that came back to get its full share again.
    constexpr balancing_rules& slow_start(milliseconds time) { return slow_start_ = time, *this; }
    /// For how long a server is left alone whose quota is used up or whose key is refused, where it
    /// does not say itself (retry-after), and the longest that it may ask for.
    constexpr balancing_rules& cooldown(milliseconds usual, milliseconds longest)
    {
        return cooldown_ = usual, longest_cooldown_ = longest, *this;
    }
    /// Which requests go to the same server, as long as that has no more than `bound` times its
    /// share of those under way; from 1.
    constexpr balancing_rules& affinity(aloft::affinity what, double bound = 1.25)
    {
        return affinity_ = what, load_bound_ = bound < 1 ? 1 : bound, *this;
    }

    [[nodiscard]] constexpr unsigned unreachable_in_a_row() const noexcept { return unreachable_; }
    [[nodiscard]] constexpr unsigned failed_in_a_row() const noexcept { return failed_; }
    [[nodiscard]] constexpr double failing_share() const noexcept { return failing_share_; }
    [[nodiscard]] constexpr unsigned failing_attempts() const noexcept { return failing_attempts_; }
    [[nodiscard]] constexpr milliseconds ejection() const noexcept { return ejection_; }
    [[nodiscard]] constexpr milliseconds longest_ejection() const noexcept
    {
        return longest_ejection_;
    }
    [[nodiscard]] constexpr milliseconds slow_start() const noexcept { return slow_start_; }
    [[nodiscard]] constexpr milliseconds cooldown() const noexcept { return cooldown_; }
    [[nodiscard]] constexpr milliseconds longest_cooldown() const noexcept
    {
        return longest_cooldown_;
    }
    [[nodiscard]] constexpr aloft::affinity affinity() const noexcept { return affinity_; }
    [[nodiscard]] constexpr double load_bound() const noexcept { return load_bound_; }

private:
    unsigned unreachable_ = 3;
    unsigned failed_ = 5;
    double failing_share_ = 0.5;
    unsigned failing_attempts_ = 20;
    milliseconds ejection_{5'000};
    milliseconds longest_ejection_{300'000};
    milliseconds slow_start_{10'000};
    milliseconds cooldown_{60'000};
    milliseconds longest_cooldown_{3'600'000};
    aloft::affinity affinity_ = aloft::affinity::none;
    double load_bound_ = 1.25;
};

} // namespace aloft
