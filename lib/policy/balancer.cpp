#include "policy/balancer.hpp"

#include "policy/rendezvous.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace aloft::policy {
namespace {

constexpr server_set only(std::size_t server) noexcept
{
    return server_set{1} << server;
}

template <class Action>
void for_each(server_set of, Action&& action)
{
    for (; of != 0; of &= of - 1)
        action(static_cast<std::size_t>(std::countr_zero(of)));
}

} // namespace

void balancer::add(std::string_view name, double weight)
{
    servers_.push_back({server_health(rules_), mixed(std::hash<std::string_view>()(name)), weight});
}

std::optional<balancer::choice> balancer::choose(server_set allowed, server_set avoided,
                                                 std::optional<std::uint64_t> key, tick now,
                                                 std::minstd_rand& random)
{
    if (allowed == 0)
        return std::nullopt;
    choice made;
    const auto good = well(now) & allowed;
    if (const auto ask = awaiting_probe(now) & allowed & ~avoided; ask != 0) {
        made = {static_cast<std::size_t>(std::countr_zero(ask)), true};
        servers_[made.server].health.probe();
    } else if (good == 0) {
        const auto rested = allowed & ~avoided;
        made.server = soonest(rested != 0 ? rested : allowed);
        auto& health = servers_[made.server].health;
        made.probe = health.ejected() && !health.probing();
        if (made.probe)
            health.probe();
    } else {
        const auto from = (good & ~avoided) != 0 ? good & ~avoided : good;
        made.server = key ? owner_of(*key, from, now) : least_of_two(from, now, random);
    }
    ++servers_[made.server].outstanding;
    ++servers_[made.server].attempts;
    return made;
}

void balancer::answered(const choice& which, std::optional<tick> latency, tick now) noexcept
{
    auto& one = servers_[which.server];
    one.health.answered(which.probe, now);
    if (!latency)
        return;
    const auto seen = static_cast<double>(*latency);
    one.latency = one.latency < 0 ? seen : one.latency + (seen - one.latency) * 0.1;
}

void balancer::failed(const choice& which, server_fault what, tick now, std::minstd_rand& random)
{
    auto& one = servers_[which.server];
    ++one.failures;
    if (one.health.failed(what, which.probe, now) && may_eject(which.server, what))
        one.health.eject(now, random);
}

void balancer::rest(const choice& which, std::optional<std::chrono::milliseconds> wait,
                    tick now) noexcept
{
    const auto time = std::min(wait.value_or(rules_.cooldown()), rules_.longest_cooldown());
    if (time.count() > 0)
        servers_[which.server].health.cool(now + static_cast<tick>(time.count()));
}

void balancer::ended(const choice& which) noexcept
{
    auto& one = servers_[which.server];
    --one.outstanding;
    if (which.probe)
        one.health.give_up_probe();
}

server_state balancer::state(std::size_t server, tick now) const
{
    const auto& one = servers_[server];
    server_state told;
    told.weight = weight(server, now);
    told.outstanding = one.outstanding;
    told.attempts = one.attempts;
    told.failures = one.failures;
    told.ejections = one.health.ejections();
    told.ejected = one.health.ejected();
    told.probing = one.health.probing();
    if (const auto until = one.health.rests_until(); until > now)
        told.resting = std::chrono::milliseconds(until - now);
    if (one.latency >= 0)
        told.latency = std::chrono::milliseconds(std::llround(one.latency));
    return told;
}

server_set balancer::well(tick now) const noexcept
{
    server_set found = 0;
    for (std::size_t i = 0; i < servers_.size(); ++i)
        found |= servers_[i].health.usable(now) ? only(i) : 0;
    return found;
}

server_set balancer::awaiting_probe(tick now) const noexcept
{
    server_set found = 0;
    for (std::size_t i = 0; i < servers_.size(); ++i)
        found |= servers_[i].health.awaits_probe(now) ? only(i) : 0;
    return found;
}

double balancer::weight(std::size_t server, tick now) const noexcept
{
    return servers_[server].weight * servers_[server].health.ramp(now);
}

// Where all of them say that they have too much to do, to send everything to one of them makes
// nothing better: then half of them stay. One that nobody reaches is missed by nobody.
bool balancer::may_eject(std::size_t server, server_fault why) const noexcept
{
    const auto& asked = servers_[server].health;
    if (asked.ejected())
        return true; // it failed the probe
    const auto away = static_cast<std::size_t>(std::count_if(
        servers_.begin(), servers_.end(), [](const auto& one) { return one.health.ejected(); }));
    const auto most = why == server_fault::unreachable ? servers_.size() - 1 : servers_.size() / 2;
    return away < most;
}

// The one of those that are all left alone which is so for the shortest time.
std::size_t balancer::soonest(server_set of) const noexcept
{
    auto best = static_cast<std::size_t>(std::countr_zero(of));
    for_each(of, [&](std::size_t i) {
        if (servers_[i].health.rests_until() < servers_[best].health.rests_until())
            best = i;
    });
    return best;
}

// Each as often as its weight has it.
std::size_t balancer::by_chance(server_set of, tick now, std::minstd_rand& random) const
{
    double sum = 0;
    for_each(of, [&](std::size_t i) { sum += weight(i, now); });
    auto left = std::uniform_real_distribution<double>(0, sum)(random);
    auto taken = static_cast<std::size_t>(std::countr_zero(of));
    for_each(of, [&](std::size_t i) {
        if (left >= 0)
            taken = i;
        left -= weight(i, now);
    });
    return taken;
}

// Two by weight, and of those the one with less to do for its weight: nobody herds to the one that
// is idle, and the busiest is never taken (Mitzenmacher, 2001).
std::size_t balancer::least_of_two(server_set of, tick now, std::minstd_rand& random) const
{
    const auto first = by_chance(of, now, random);
    const auto others = of & ~only(first);
    if (others == 0)
        return first;
    const auto second = by_chance(others, now, random);
    const auto load = [&](std::size_t i) {
        return static_cast<double>(servers_[i].outstanding) / weight(i, now);
    };
    return load(second) < load(first) ? second : first;
}

// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2017), over the order
// that rendezvous hashing gives: the first server in it whose share is not used up.
std::size_t balancer::owner_of(std::uint64_t key, server_set of, tick now) const noexcept
{
    double all = 0;
    double under_way = 1;
    for_each(of, [&](std::size_t i) {
        all += weight(i, now);
        under_way += static_cast<double>(servers_[i].outstanding);
    });
    auto best = static_cast<std::size_t>(std::countr_zero(of));
    double best_score = -1;
    for_each(of, [&](std::size_t i) {
        const auto& one = servers_[i];
        const auto room = std::ceil(rules_.load_bound() * under_way * weight(i, now) / all);
        const auto score = rendezvous_score(key, one.name, one.weight);
        if (static_cast<double>(one.outstanding) + 1 <= room && score > best_score) {
            best = i;
            best_score = score;
        }
    });
    return best;
}

} // namespace aloft::policy
