#pragma once

#include "base/timer_wheel.hpp"
#include "policy/endpoint_watch.hpp"
#include "policy/model_rests.hpp"
#include "policy/server_health.hpp"

#include <aloft/balancing_rules.hpp>
#include <aloft/server_state.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace aloft::policy {

/// Some of the servers of a balancer: bit i stands for the server of number i.
using server_set = std::uint64_t;

/// Chooses among several servers: of two taken at random the one with less to do, or, for requests
/// with a key, the one that the key belongs to while that has not too much to do. Learns from what
/// becomes of attempts which servers to leave alone.
class balancer {
public:
    static constexpr std::size_t most_servers = 64;

    class choice {
    public:
        std::size_t server = 0;
        bool probe = false; ///< shows whether an ejected server is back
    };

    explicit balancer(const balancing_rules& rules) : rules_(rules) {}

    /// \param name  what keys belong to, whatever the order of the servers is
    void add(std::string_view name, double weight);

    /// The server of the next attempt, which is under way from now on; none where `allowed` is
    /// empty. A server that is ill or avoided is taken only where there is no other.
    std::optional<choice> choose(server_set allowed, server_set avoided,
                                 std::optional<std::uint64_t> key, tick now,
                                 std::minstd_rand& random);
    /// An attempt was answered, `latency` after it was sent if that says anything.
    void answered(const choice& which, std::optional<tick> latency, tick now) noexcept;
    /// An attempt failed because of its server. \param answered  it was answered() before
    void failed(const choice& which, server_fault what, tick now, std::minstd_rand& random,
                bool answered = false);
    /// The server wants no requests for a while; none: it does not say for how long. \param model
    /// for which it wants none, hashed; none: for any
    void rest(const choice& which, std::optional<std::chrono::milliseconds> wait, tick now,
              std::optional<std::uint64_t> model = std::nullopt) noexcept;
    /// An attempt failed, and the next one goes to another server.
    void failed_over(std::size_t from) noexcept { ++servers_[from].failovers; }
    /// The servers that want no requests for a model.
    [[nodiscard]] server_set resting_for(std::uint64_t model, tick now) const noexcept;
    /// An attempt is over.
    void ended(const choice& which) noexcept;

    // Health endpoints, which somebody asks for the balancer.

    /// The server of that number has one: where it is ejected its endpoint is asked, and no request
    /// is risked.
    void watch(std::size_t server, const health_check& rules);
    /// A request is about to be sent: endpoints are asked from now on, for a minute and for as long
    /// as any attempt is under way.
    void used(tick now, std::minstd_rand& random);
    /// A server whose endpoint is to be asked now, which it is from here on.
    std::optional<std::size_t> ask(tick now) noexcept;
    /// When ask() should be called next; none: not before used() or endpoint_answered().
    [[nodiscard]] std::optional<tick> next_question() const noexcept;
    void endpoint_answered(std::size_t server, endpoint_health what, tick now,
                           std::minstd_rand& random);

    /// Whether a server that is well is in `allowed` and not `avoided`.
    [[nodiscard]] bool has(server_set allowed, server_set avoided, tick now) const noexcept
    {
        return (well(now) & allowed & ~avoided) != 0;
    }
    [[nodiscard]] std::size_t size() const noexcept { return servers_.size(); }
    [[nodiscard]] server_state state(std::size_t server, tick now) const;

private:
    class server {
    public:
        explicit server(const balancing_rules& rules) : health(rules) {}

        server_health health;
        std::optional<endpoint_watch> endpoint; // none: it is not asked
        std::uint64_t name = 0; // hashed
        double weight = 1;
        std::size_t outstanding = 0;
        std::uint64_t attempts = 0;
        std::uint64_t failures = 0;
        std::uint64_t failovers = 0;
        std::uint64_t probes = 0;
        model_rests models;
        double latency = -1; // milliseconds, smoothed
    };

    static constexpr tick awake = 60'000; // for how long after a request endpoints are asked

    [[nodiscard]] bool idle(tick now) const noexcept;
    choice begin(std::size_t server, bool probe) noexcept;
    [[nodiscard]] server_set well(tick now) const noexcept;
    [[nodiscard]] server_set awaiting_probe(tick now) const noexcept;
    [[nodiscard]] double weight(std::size_t server, tick now) const noexcept;
    [[nodiscard]] bool may_eject(std::size_t server, server_fault why) const noexcept;
    [[nodiscard]] std::size_t soonest(server_set of) const noexcept;
    [[nodiscard]] std::size_t by_chance(server_set of, tick now, std::minstd_rand& random) const;
    [[nodiscard]] std::size_t least_of_two(server_set of, tick now, std::minstd_rand& random) const;
    [[nodiscard]] std::size_t owner_of(std::uint64_t key, server_set of, tick now) const noexcept;

    balancing_rules rules_;
    std::vector<server> servers_;
    std::optional<tick> used_; // when a request was last about to be sent
};

} // namespace aloft::policy
