#pragma once

#include "base/timer_wheel.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace aloft::policy {

/// For which models one of several servers has no quota, and until when; the few that are so for
/// the longest time, where they are many.
class model_rests {
public:
    /// \param model  hashed
    void rest(std::uint64_t model, tick until) noexcept
    {
        auto* at = std::find_if(all_.begin(), all_.end(),
                                [&](const auto& one) { return one.model == model; });
        if (at == all_.end()) {
            at = std::min_element(all_.begin(), all_.end(),
                                  [](const auto& a, const auto& b) { return a.until < b.until; });
        }
        if (at->model == model || at->until < until)
            *at = {model, at->model == model ? std::max(at->until, until) : until};
    }
    [[nodiscard]] bool rests(std::uint64_t model, tick now) const noexcept
    {
        return std::any_of(all_.begin(), all_.end(),
                           [&](const auto& one) { return one.model == model && one.until > now; });
    }
    [[nodiscard]] std::size_t count(tick now) const noexcept
    {
        return static_cast<std::size_t>(std::count_if(
            all_.begin(), all_.end(), [&](const auto& one) { return one.until > now; }));
    }

private:
    struct entry {
        std::uint64_t model = 0;
        tick until = 0;
    };
    std::array<entry, 8> all_;
};

} // namespace aloft::policy
