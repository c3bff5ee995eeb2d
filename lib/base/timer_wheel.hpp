#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aloft {

/// Milliseconds on the clock of whoever drives the wheel; only differences mean anything.
using tick = std::uint64_t;

class timer_wheel;

namespace detail {

/// A node of a circular list; a slot is a node that stands for no entry.
struct timer_link {
    timer_link* next = this;
    timer_link* previous = this;
};

} // namespace detail

/// One deadline, kept where it is used (in a request, a connection). Destroying it disarms it.
class timer_entry : private detail::timer_link {
public:
    using callback = void (*)(timer_entry&);

    explicit timer_entry(callback expired) noexcept : expired_(expired) {}
    ~timer_entry() { disarm(); }
    timer_entry(const timer_entry&) = delete;
    timer_entry& operator=(const timer_entry&) = delete;

    [[nodiscard]] bool armed() const noexcept { return wheel_ != nullptr; }
    /// The tick at which it fires; meaningful while armed.
    [[nodiscard]] tick deadline() const noexcept { return deadline_; }
    void disarm() noexcept;

private:
    friend class timer_wheel;

    timer_wheel* wheel_ = nullptr;
    tick deadline_ = 0;
    callback expired_;
};

/// Deadlines in six levels of 64 slots, each level 64 times as coarse as the one below. Arming and
/// disarming take constant time and never allocate; an entry moves down at most once a level. What
/// lies beyond the range (2^36 ms, two years) waits in the furthest slot and is placed anew there.
class timer_wheel {
public:
    explicit timer_wheel(tick now = 0) noexcept : position_(now), now_(now) {}
    ~timer_wheel();
    timer_wheel(const timer_wheel&) = delete;
    timer_wheel& operator=(const timer_wheel&) = delete;

    /// Arms `entry`, or moves its deadline. No entry fires in the call that armed it: a deadline
    /// that is not in the future becomes the next tick.
    void arm(timer_entry& entry, tick deadline) noexcept;

    /// Fires every entry whose deadline is not later than `now`, in order of their deadlines
    /// (entries of one tick in any order). An entry is disarmed before its callback runs, which may
    /// arm, disarm or destroy any entry, but neither call advance() nor destroy the wheel. If a
    /// callback throws, the entries behind it fire in the next call. Time never goes back: an
    /// earlier `now` fires nothing.
    void advance(tick now);

    /// A tick not later than the next expiry; calling advance() then makes progress.
    [[nodiscard]] std::optional<tick> next_expiry() const noexcept;
    /// How many entries are armed; counts them, so for tests and statistics only.
    [[nodiscard]] std::size_t armed() const noexcept;

private:
    friend class timer_entry;
    using link = detail::timer_link;

    static constexpr unsigned levels = 6;
    static constexpr unsigned slot_bits = 6;
    static constexpr unsigned slots = 1U << slot_bits;
    static constexpr unsigned due = levels * slots; // one more slot: what fires right now

    struct point {
        tick at;
        unsigned slot;
    };

    static bool empty(const link& slot) noexcept { return slot.next == &slot; }
    static timer_entry& entry_of(link& node) noexcept { return static_cast<timer_entry&>(node); }
    static void unlink(link& node) noexcept
    {
        node.previous->next = node.next;
        node.next->previous = node.previous;
    }
    [[nodiscard]] unsigned slot_for(tick deadline) const noexcept;
    void place(timer_entry& entry) noexcept;
    void remove(timer_entry& entry) noexcept;
    [[nodiscard]] std::optional<point> next_point() const noexcept;
    void take(unsigned slot) noexcept;
    void fire_due();

    std::array<link, due + 1> slots_;
    std::array<std::uint64_t, levels + 1> occupied_{}; // a bit for each slot that is not empty
    tick position_; // every slot up to here is empty
    tick now_; // where position_ is going
};

inline void timer_entry::disarm() noexcept
{
    if (wheel_ != nullptr)
        wheel_->remove(*this);
}

inline void timer_wheel::remove(timer_entry& entry) noexcept
{
    unlink(entry);
    entry.wheel_ = nullptr;
    // Both neighbours are one node only if that is the slot itself.
    if (entry.next == entry.previous) {
        const auto slot = static_cast<unsigned>(entry.next - slots_.data());
        occupied_[slot / slots] &= ~(std::uint64_t{1} << slot % slots);
    }
}

} // namespace aloft
