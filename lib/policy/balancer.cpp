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
    server made(rules_);
    made.name = mixed(std::hash<std::string_view>()(name));
    made.weight = weight;
    servers_.push_back(made);
}

std::optional<balancer::choice> balancer::choose(server_set allowed, server_set avoided,
                                                 std::optional<std::uint64_t> key, tick now,
                                                 std::minstd_rand& random)
{
    if (allowed == 0)
        return std::nullopt;
    if (const auto ask = awaiting_probe(now) & allowed & ~avoided; ask != 0)
        return begin(static_cast<std::size_t>(std::countr_zero(ask)), true);
    const auto good = well(now) & allowed;
    if (good == 0) {
        const auto rested = allowed & ~avoided;
        const auto taken = soonest(rested != 0 ? rested : allowed);
        const auto& health = servers_[taken].health;
        return begin(taken, health.ejected() && !health.probing());
    }
    const auto from = (good & ~avoided) != 0 ? good & ~avoided : good;
    return begin(key ? owner_of(*key, from, now) : least_of_two(from, now, random), false);
}

balancer::choice balancer::begin(std::size_t server, bool probe) noexcept
{
    auto& one = servers_[server];
    if (probe) {
        one.health.probe();
        ++one.probes;
    }
    ++one.outstanding;
    ++one.attempts;
    return {server, probe};
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

void balancer::failed(const choice& which, server_fault what, tick now, std::minstd_rand& random,
                      bool answered)
{
    auto& one = servers_[which.server];
    ++one.failures;
    if (one.health.failed(what, which.probe, answered, now) && may_eject(which.server, what))
        one.health.eject(now, random);
}

void balancer::rest(const choice& which, std::optional<std::chrono::milliseconds> wait, tick now,
                    std::optional<std::uint64_t> model) noexcept
{
    const auto time = std::min(wait.value_or(rules_.cooldown()), rules_.longest_cooldown());
    if (time.count() <= 0)
        return;
    const auto until = now + static_cast<tick>(time.count());
    if (model)
        servers_[which.server].models.rest(*model, until);
    else
        servers_[which.server].health.cool(until);
}

server_set balancer::resting_for(std::uint64_t model, tick now) const noexcept
{
    server_set found = 0;
    for (std::size_t i = 0; i < servers_.size(); ++i)
        found |= servers_[i].models.rests(model, now) ? only(i) : 0;
    return found;
}

void balancer::ended(const choice& which) noexcept
{
    auto& one = servers_[which.server];
    --one.outstanding;
    if (which.probe)
        one.health.give_up_probe();
}

void balancer::watch(std::size_t server, const health_check& rules)
{
    servers_[server].endpoint.emplace(rules);
    servers_[server].health.watched(true);
}

bool balancer::idle(tick now) const noexcept
{
    return (!used_ || now > *used_ + awake) &&
           std::all_of(servers_.begin(), servers_.end(),
                       [](const auto& one) { return one.outstanding == 0; });
}

void balancer::used(tick now, std::minstd_rand& random)
{
    if (idle(now)) {
        for (auto& one : servers_) {
            if (one.endpoint)
                one.endpoint->begin(now, random);
        }
    }
    used_ = std::max(now, used_.value_or(0));
}

std::optional<std::size_t> balancer::ask(tick now) noexcept
{
    if (idle(now))
        return std::nullopt;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        auto& endpoint = servers_[i].endpoint;
        if (!endpoint || endpoint->asking() || endpoint->due() > now)
            continue;
        endpoint->ask();
        return i;
    }
    return std::nullopt;
}

std::optional<tick> balancer::next_question() const noexcept
{
    std::optional<tick> next;
    for (const auto& one : servers_) {
        if (one.endpoint && !one.endpoint->asking())
            next = std::min(next.value_or(one.endpoint->due()), one.endpoint->due());
    }
    return next && idle(*next) ? std::nullopt : next;
}

void balancer::endpoint_answered(std::size_t server, endpoint_health what, tick now,
                                 std::minstd_rand& random)
{
    auto& one = servers_[server];
    const bool take_out = one.endpoint->answered(what, now, random);
    one.health.watched(one.endpoint->of_use());
    if (what == endpoint_health::well)
        one.health.well(now);
    // As one that nobody reaches: it speaks for itself, and has no answers for anybody.
    else if (take_out && !one.health.ejected() && may_eject(server, server_fault::unreachable))
        one.health.take_out(now);
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
    told.failovers = one.failovers;
    told.probes = one.probes;
    told.models_resting = one.models.count(now);
    if (one.endpoint) {
        told.checks = one.endpoint->asked();
        told.checks_failed = one.endpoint->failed();
        told.health = one.endpoint->last();
    }
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
