#pragma once

#include "policy/balancer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace aloft::policy {

/// Where the attempts of one request go: each to another server, for as long as there is one that
/// is well and was not tried. Tells the balancer what becomes of them.
class route {
public:
    /// \param allowed  the servers that can serve it
    /// \param key      requests with the same go to the same server, if that can be
    route(std::shared_ptr<balancer> among, server_set allowed,
          std::optional<std::uint64_t> key) noexcept :
        among_(std::move(among)), allowed_(allowed), key_(key)
    {
    }
    ~route() { leave(); }
    route(const route&) = delete;
    route& operator=(const route&) = delete;

    /// Chooses the server of the next attempt; false where no server can serve it.
    bool choose(tick now, std::minstd_rand& random);
    /// That server, from choose() to leave().
    [[nodiscard]] bool chosen() const noexcept { return under_way_; }
    [[nodiscard]] std::size_t server() const noexcept { return at_.server; }

    /// The server answered; `latency` where it was with what was asked for.
    void answered(std::optional<tick> latency, tick now) noexcept;
    /// It is to blame for a failure. Counts once an attempt, also after leave().
    void failed(server_fault what, tick now, std::minstd_rand& random);
    /// It wants no requests for a while.
    void rest(std::optional<std::chrono::milliseconds> wait, tick now) noexcept
    {
        among_->rest(at_, wait, now);
    }
    /// The attempt is over.
    void leave() noexcept;

    /// Whether a server that is well was not tried yet.
    [[nodiscard]] bool elsewhere(tick now) const noexcept
    {
        return among_->has(allowed_, tried_, now);
    }
    /// For a copy that is sent beside the attempt under way, to another server if there is one.
    [[nodiscard]] std::unique_ptr<route> another() const;

private:
    std::shared_ptr<balancer> among_;
    server_set allowed_;
    server_set tried_ = 0;
    std::optional<std::uint64_t> key_;
    balancer::choice at_;
    bool under_way_ = false;
    bool blamed_ = false;
};

} // namespace aloft::policy
