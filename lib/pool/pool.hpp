#pragma once

#include "pool/origin_pool.hpp"

#include <memory>
#include <unordered_map>

namespace aloft::pool {

/// The pools of all origins a client has talked to.
class pool {
public:
    explicit pool(const environment& env) : env_(env) {}

    origin_pool& at(const origin& where)
    {
        if (last_ != nullptr && last_->origin() == where)
            return *last_;
        auto& found = origins_[where];
        if (!found)
            found = std::make_unique<origin_pool>(where, env_);
        last_ = found.get();
        return *found;
    }

    /// Closes every connection and withdraws every dial.
    void close()
    {
        for (auto& [where, pool] : origins_)
            pool->close();
    }

    /// Ends every connection once its exchanges are over; `who` is told as each is gone.
    void drain(drain_observer& who)
    {
        for (auto& [where, pool] : origins_)
            pool->drain(who);
    }
    [[nodiscard]] std::size_t connections() const noexcept
    {
        std::size_t total = 0;
        for (const auto& [where, pool] : origins_)
            total += pool->connections();
        return total;
    }

    [[nodiscard]] auto begin() const noexcept { return origins_.begin(); }
    [[nodiscard]] auto end() const noexcept { return origins_.end(); }

private:
    environment env_;
    std::unordered_map<origin, std::unique_ptr<origin_pool>> origins_;
    origin_pool* last_ = nullptr; // most clients have one
};

} // namespace aloft::pool
