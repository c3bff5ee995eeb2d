#pragma once

#include "base/timer_wheel.hpp"

#include <aloft/balancing_rules.hpp>

#include <cstdint>
#include <random>

namespace aloft::policy {

/// What was wrong with a server.
enum class server_fault : std::uint8_t {
    unreachable, ///< no byte of the request left
    failed, ///< its answer was an error that may pass, broke off or did not come
};

/// Whether one of several servers is to be sent requests: it is ejected after failures, or
/// because of its health endpoint, comes back when a single request or that endpoint has shown that
/// it answers, and is given its share again step by step.
class server_health {
public:
    explicit server_health(const balancing_rules& rules) noexcept : rules_(rules) {}

    /// Any request may go there.
    [[nodiscard]] bool usable(tick now) const noexcept { return !ejected_ && now >= cool_until_; }
    /// Its time is over, and one request may find out whether it is back; where its endpoint is
    /// watched that does.
    [[nodiscard]] bool awaits_probe(tick now) const noexcept
    {
        return ejected_ && !probing_ && !watched_ && now >= ejected_until_ && now >= cool_until_;
    }
    void probe() noexcept { probing_ = true; }
    void watched(bool by_endpoint) noexcept { watched_ = by_endpoint; }
    /// The probe ended without showing anything.
    void give_up_probe() noexcept { probing_ = false; }

    /// An attempt was answered. \param probe  that it was the probe
    void answered(bool probe, tick now) noexcept;
    /// An attempt failed. True: the server should be ejected. \param answered  it was counted as
    /// answered already
    bool failed(server_fault what, bool probe, bool answered, tick now) noexcept;
    void eject(tick now, std::minstd_rand& random);
    /// Its endpoint says that it is ill: it is ejected until that says otherwise.
    void take_out(tick now) noexcept;
    /// Its endpoint says that it is well.
    void well(tick now) noexcept;
    /// It has asked to be left alone until `then`.
    void cool(tick then) noexcept;

    /// The part of its weight that counts, up to 1.
    [[nodiscard]] double ramp(tick now) const noexcept;
    [[nodiscard]] bool ejected() const noexcept { return ejected_; }
    [[nodiscard]] bool probing() const noexcept { return probing_; }
    [[nodiscard]] std::uint64_t ejections() const noexcept { return ejections_; }
    /// When it is tried again.
    [[nodiscard]] tick rests_until() const noexcept
    {
        return ejected_ && ejected_until_ > cool_until_ ? ejected_until_ : cool_until_;
    }

private:
    static constexpr tick window = 10'000;

    void count(bool bad, tick now) noexcept;
    void leave_alone(tick now) noexcept;
    void come_back(tick now) noexcept;

    balancing_rules rules_;
    tick ejected_until_ = 0;
    tick cool_until_ = 0;
    tick returned_ = 0; // when it was last given requests again; 0: it was never away
    tick ejected_for_ = 0;
    tick window_started_ = 0;
    std::uint64_t ejections_ = 0;
    unsigned attempts_ = 0; // in this window
    unsigned failures_ = 0; // of those
    unsigned unreachable_ = 0; // in a row
    unsigned failed_ = 0; // in a row
    unsigned times_ = 0; // ejected, without a while of health between
    bool ejected_ = false;
    bool probing_ = false;
    bool watched_ = false;
};

} // namespace aloft::policy
