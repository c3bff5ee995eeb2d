#include "base/timer_wheel.hpp"

#include <algorithm>

namespace aloft {

timer_wheel::~timer_wheel()
{
    for (auto& slot : slots_) {
        for (auto* node = slot.next; node != &slot; node = node->next)
            entry_of(*node).wheel_ = nullptr;
    }
}

void timer_wheel::arm(timer_entry& entry, tick deadline) noexcept
{
    entry.disarm();
    entry.deadline_ = std::max(deadline, now_ + 1);
    entry.wheel_ = this;
    place(entry);
}

// The level is that of the highest digit (in base 64) in which the deadline differs from the
// position, so a slot never holds entries of two rounds and an entry reaches level 0 before it is
// due.
unsigned timer_wheel::slot_for(tick deadline) const noexcept
{
    const auto differing = (deadline ^ position_) | (slots - 1);
    const auto level = (static_cast<unsigned>(std::bit_width(differing)) - 1) / slot_bits;
    if (level < levels) [[likely]]
        return level * slots + static_cast<unsigned>(deadline >> level * slot_bits) % slots;

    // The top level is a ring: it reaches 63 slots ahead, across the end of its round.
    constexpr auto top = levels - 1;
    const auto here = position_ >> top * slot_bits;
    const auto there = std::min(deadline >> top * slot_bits, here + slots - 1);
    return top * slots + static_cast<unsigned>(there) % slots;
}

void timer_wheel::place(timer_entry& entry) noexcept
{
    const auto slot = slot_for(entry.deadline_);
    link& head = slots_[slot];
    link& node = entry;
    node.next = &head;
    node.previous = head.previous;
    head.previous->next = &node;
    head.previous = &node;
    occupied_[slot / slots] |= std::uint64_t{1} << slot % slots;
}

void timer_wheel::advance(tick now)
{
    now_ = std::max(now_, now);
    fire_due();
    for (auto next = next_point(); next && next->at <= now_; next = next_point()) {
        position_ = next->at;
        take(next->slot);
        if (next->slot < slots) {
            fire_due();
        } else {
            for (link& head = slots_[due]; !empty(head);) {
                auto& entry = entry_of(*head.next);
                unlink(entry);
                place(entry);
            }
        }
    }
    position_ = now_;
}

std::size_t timer_wheel::armed() const noexcept
{
    std::size_t count = 0;
    for (const auto& slot : slots_) {
        for (const auto* at = slot.next; at != &slot; at = at->next)
            ++count;
    }
    return count;
}

std::optional<tick> timer_wheel::next_expiry() const noexcept
{
    if (!empty(slots_[due]))
        return now_;
    const auto next = next_point();
    return next ? std::optional(next->at) : std::nullopt;
}

// The earliest slot, and of those that begin at the same tick the coarsest: it must be moved down
// before the finest fires.
std::optional<timer_wheel::point> timer_wheel::next_point() const noexcept
{
    std::optional<point> earliest;
    for (unsigned level = 0; level < levels; ++level) {
        if (occupied_[level] == 0)
            continue;
        const auto here = position_ >> level * slot_bits;
        const auto ahead = std::rotr(occupied_[level], static_cast<int>(here % slots));
        const auto there = here + static_cast<unsigned>(std::countr_zero(ahead));
        const auto at = there << level * slot_bits;
        if (!earliest || at <= earliest->at)
            earliest = point{at, level * slots + static_cast<unsigned>(there % slots)};
    }
    return earliest;
}

// Moves a slot's entries into `due`, where a callback may still disarm them.
void timer_wheel::take(unsigned slot) noexcept
{
    link& from = slots_[slot];
    link& to = slots_[due];
    from.next->previous = to.previous;
    to.previous->next = from.next;
    from.previous->next = &to;
    to.previous = from.previous;
    from.next = from.previous = &from;
    occupied_[slot / slots] &= ~(std::uint64_t{1} << slot % slots);
}

void timer_wheel::fire_due()
{
    for (link& head = slots_[due]; !empty(head);) {
        auto& entry = entry_of(*head.next);
        entry.disarm();
        entry.expired_(entry);
    }
}

} // namespace aloft
