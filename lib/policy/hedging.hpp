#pragma once

#include "policy/recent_latency.hpp"

#include <aloft/hedge_rules.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace aloft::policy {

/// When a late request of a client deserves a second copy: past a percentile, learned for each size
/// of request, of the time to the first event, and within a budget.
class hedging {
public:
    explicit hedging(const hedge_rules& rules) noexcept : rules_(rules) {}

    /// A request of `size` bytes begins. How long its first event is waited for before a hedge;
    /// none while too little is known.
    std::optional<std::chrono::milliseconds> began(std::size_t size) noexcept;
    /// Its first event came, `latency` after it was sent.
    void answered(std::size_t size, std::chrono::milliseconds latency);
    /// Its first event is late: true, and the budget pays, where a hedge may be sent.
    bool take() noexcept;
    /// The hedge that was paid for was not sent.
    void give_back() noexcept
    {
        tokens_ += 1;
        --counts_.sent;
    }
    /// A hedge was answered first.
    void won() noexcept { ++counts_.won; }
    /// Of two copies one was given up, which `bytes` were sent and received for.
    void lost(std::uint64_t bytes) noexcept { counts_.lost_bytes += bytes; }
    [[nodiscard]] const hedge_counts& counts() const noexcept { return counts_; }

private:
    // Sizes by factors of four: 1 KiB of text and a screenshot of 1 MiB are different requests.
    static constexpr std::size_t sizes = 12;
    static std::size_t size_class(std::size_t bytes) noexcept;
    static constexpr double most = 10; // hedges that may be sent at once after a quiet time

    hedge_rules rules_;
    std::array<std::unique_ptr<recent_latency>, sizes> seen_;
    hedge_counts counts_;
    double tokens_ = 1;
};

} // namespace aloft::policy
