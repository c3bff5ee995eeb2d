#include "policy/fair_queue.hpp"

#include <algorithm>

namespace aloft::policy {

fair_queue::~fair_queue()
{
    active_.clear();
    idle_.clear();
}

void fair_queue::push(fair_entry& e, std::string_view key, std::uint32_t share)
{
    auto& flow = flow_of(key);
    flow.share = std::max(share, std::uint32_t{1});
    if (flow.waiting.empty()) {
        if (flow.is_linked())
            idle_.erase(idle_.iterator_to(flow));
        flow.start = std::max(flow.start, now_);
        active_.insert(flow);
    }
    e.flow_ = &flow;
    flow.waiting.push_back(e);
    ++size_;
}

void fair_queue::push_first(fair_entry& e)
{
    e.flow_ = nullptr;
    first_.push_back(e);
    ++size_;
}

fair_entry* fair_queue::next() noexcept
{
    if (!first_.empty())
        return &first_.front();
    return active_.empty() ? nullptr : &active_.begin()->waiting.front();
}

void fair_queue::pop() noexcept
{
    --size_;
    if (!first_.empty())
        return first_.pop_front();
    auto& flow = *active_.begin();
    active_.erase(active_.begin());
    const auto served_at = flow.start;
    const std::uint64_t cost = flow.waiting.front().weight * turn / flow.share;
    flow.start += std::max(cost, std::uint64_t{1});
    flow.waiting.pop_front();
    if (flow.waiting.empty())
        rest(flow);
    else
        active_.insert(flow);
    advance(served_at);
}

void fair_queue::erase(fair_entry& e) noexcept
{
    if (!e.is_linked())
        return;
    --size_;
    auto* flow = e.flow_;
    if (flow == nullptr)
        return first_.erase(first_.iterator_to(e)), void();
    flow->waiting.erase(flow->waiting.iterator_to(e));
    if (flow->waiting.empty()) {
        active_.erase(active_.iterator_to(*flow));
        rest(*flow);
    }
}

// Nobody waits with this key any more.
void fair_queue::rest(fair_flow& flow) noexcept
{
    if (flow.start <= now_)
        return forget(flow);
    if (idle_.size() >= remembered) {
        auto& least = *idle_.begin();
        idle_.erase(idle_.begin());
        forget(least);
    }
    idle_.insert(flow);
}

void fair_queue::forget(fair_flow& flow) noexcept
{
    flows_.erase(flows_.find(flow.key));
}

void fair_queue::advance(std::uint64_t to) noexcept
{
    now_ = std::max(now_, to);
    while (!idle_.empty() && idle_.begin()->start <= now_) {
        auto& even = *idle_.begin();
        idle_.erase(idle_.begin());
        forget(even);
    }
}

void fair_queue::forget_debts() noexcept
{
    active_.clear();
    idle_.clear();
    flows_.clear();
    now_ = 0;
}

fair_flow& fair_queue::flow_of(std::string_view key)
{
    if (const auto at = flows_.find(key); at != flows_.end())
        return *at->second;
    const auto at = flows_.emplace(key, std::make_unique<fair_flow>()).first;
    at->second->key = at->first;
    return *at->second;
}

fair_entry* fair_queue::last_of_longest(std::size_t others, std::uint32_t share) noexcept
{
    fair_flow* longest = nullptr;
    const auto longer = [](const fair_flow& a, const fair_flow& b) {
        return a.waiting.size() * b.share > b.waiting.size() * a.share;
    };
    for (auto& flow : active_) {
        if (longest == nullptr || longer(flow, *longest))
            longest = &flow;
    }
    if (longest == nullptr || longest->waiting.size() * share <= (others + 1) * longest->share)
        return nullptr;
    return &longest->waiting.back();
}

std::size_t fair_queue::waiting_with(std::string_view key) const
{
    const auto at = flows_.find(key);
    return at == flows_.end() ? 0 : at->second->waiting.size();
}

const fair_entry* fair_queue::oldest() const noexcept
{
    const fair_entry* found = first_.empty() ? nullptr : &first_.front();
    for (const auto& flow : active_) {
        const auto& head = flow.waiting.front();
        if (found == nullptr || head.since < found->since)
            found = &head;
    }
    return found;
}

} // namespace aloft::policy
