#pragma once

#include "policy/balancer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace aloft::policy {

/// Where the attempts of one request go: each to another server, for as long as there is one that
/// is well and was not tried. Tells the balancer what becomes of them.
class route {
public:
    /// \param allowed  the servers that can serve it
    /// \param key      requests with the same go to the same server, if that can be
    /// \param model    that they ask for, hashed; none: it is not known
    route(std::shared_ptr<balancer> among, server_set allowed, std::optional<std::uint64_t> key,
          std::optional<std::uint64_t> model = std::nullopt) noexcept :
        among_(std::move(among)), allowed_(allowed), key_(key), model_(model)
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
    /// It wants no requests for a while, or only none for this model.
    void rest(std::optional<std::chrono::milliseconds> wait, bool only_model, tick now) noexcept
    {
        among_->rest(at_, wait, now, only_model ? model_ : std::nullopt);
    }
    /// What the attempt that failed is told as, its server's name in front.
    void note(std::string what);
    /// What attempts at other servers than the last one came to; of each server the last, cut where
    /// it is long.
    [[nodiscard]] std::string elsewhere_in_words() const;
    /// The attempt is over.
    void leave() noexcept;

    /// Whether a server that is well was not tried yet.
    [[nodiscard]] bool elsewhere(tick now) const noexcept
    {
        return among_->has(allowed_, tried_ | resting(now), now);
    }
    /// For a copy that is sent beside the attempt under way, to another server if there is one.
    [[nodiscard]] std::unique_ptr<route> another() const;

private:
    [[nodiscard]] server_set resting(tick now) const noexcept
    {
        return model_ ? among_->resting_for(*model_, now) : 0;
    }

    std::shared_ptr<balancer> among_;
    server_set allowed_;
    server_set tried_ = 0;
    std::optional<std::uint64_t> key_;
    std::optional<std::uint64_t> model_;
    std::vector<std::pair<std::size_t, std::string>> notes_; // of each server the last one
    balancer::choice at_;
    bool attempted_ = false;
    bool under_way_ = false;
    bool answered_ = false;
    bool blamed_ = false;
};

} // namespace aloft::policy
