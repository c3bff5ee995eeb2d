#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aloft::policy {

/// Percentiles of the latencies seen lately, to within a tenth, in 400 bytes. Old ones fade: once
/// enough were counted, all counts are halved.
class recent_latency {
public:
    void add(std::chrono::milliseconds latency) noexcept;
    /// The latency that `share` of them do not exceed; none before `enough` were seen.
    [[nodiscard]] std::optional<std::chrono::milliseconds> at(double share) const noexcept;

    static constexpr std::uint32_t enough = 20;

private:
    static constexpr std::size_t per_doubling = 8;
    static constexpr std::size_t buckets = 22 * per_doubling; // up to 70 minutes
    static constexpr std::uint32_t fading = 1000;

    std::array<std::uint16_t, buckets> counts_{};
    std::uint32_t total_ = 0;
};

} // namespace aloft::policy
