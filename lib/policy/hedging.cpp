#include "policy/hedging.hpp"

#include <algorithm>
#include <bit>

namespace aloft::policy {

std::size_t hedging::size_class(std::size_t bytes) noexcept
{
    return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(bytes >> 8)) / 2,
                                 sizes - 1);
}

std::optional<std::chrono::milliseconds> hedging::began(std::size_t size) noexcept
{
    tokens_ = std::min(tokens_ + rules_.budget(), most);
    const auto& seen = seen_[size_class(size)];
    const auto late = seen ? seen->at(rules_.percentile()) : std::nullopt;
    return late ? std::optional(std::max(*late, rules_.least_delay())) : std::nullopt;
}

void hedging::answered(std::size_t size, std::chrono::milliseconds latency)
{
    auto& seen = seen_[size_class(size)];
    if (!seen)
        seen = std::make_unique<recent_latency>();
    seen->add(latency);
}

bool hedging::take() noexcept
{
    if (tokens_ < 1)
        return false;
    tokens_ -= 1;
    ++counts_.sent;
    return true;
}

} // namespace aloft::policy
