#pragma once

#include "base/timer_wheel.hpp"

#include <cstdint>
#include <limits>

namespace aloft {

/// When a connection asks its peer for a sign of life and when it gives it up, in ticks.
class liveness_limits {
public:
    static constexpr tick never = std::numeric_limits<tick>::max();

    tick quiet = never; ///< silence, with streams open, after which the peer is asked
    tick answer = never; ///< how long the peer may take to answer
    tick write_stall = never; ///< how long the transport may take no byte
};

/// Whether the peer is there still: a PING where it is silent, doubt where it does not answer, and
/// an end. Knows no frames and no clock; whoever drives it tells the time and does what look()
/// says.
///
///            quiet, or asked              1 s             limits.answer
///   alive ------------------> asked ----------> degraded --------------> unanswered
///     ^  \-------------------> probed ---/          |
///     |        suspected         |                  |
///     '-------------- anything was read ------------'
class liveness {
public:
    enum class step : std::uint8_t {
        wait, ///< nothing to do before `next`
        ask, ///< send a PING and call asked()
        degraded, ///< no answer within a second: it should take no new streams
        unanswered, ///< the peer is gone
        stalled, ///< the peer takes no bytes
    };
    /// How long an answer may take before the connection is doubted.
    static constexpr tick patience = 1000;
    /// Why the peer is asked.
    enum class cause : std::uint8_t {
        silence, ///< look() said so
        interest, ///< somebody wants to know
        suspicion, ///< it may be gone: no stream should be started before something is read
    };
    struct decision {
        step what;
        tick next; ///< when to look again; `never` where nothing can happen by itself
    };

    /// Until then everything is as if there were no limits.
    void watch(const liveness_limits& limits, tick now) noexcept
    {
        limits_ = limits;
        heard_ = quiet_since_ = now;
    }
    [[nodiscard]] bool watching() const noexcept { return limits_.quiet != never; }
    [[nodiscard]] const liveness_limits& limits() const noexcept { return limits_; }

    /// Something was read. True when there was doubt, which is over.
    bool heard(tick now) noexcept
    {
        heard_ = quiet_since_ = now;
        if (state_ == state::alive)
            return false;
        state_ = state::alive;
        return true;
    }
    /// What was read was more than an answer to a PING.
    void heard_content() noexcept { asked_in_vain_ = 0; }
    /// The first stream of a connection that had none.
    void used(tick now) noexcept { quiet_since_ = now; }
    /// A PING was queued.
    void asked(tick now, cause why) noexcept;
    /// The transport took not all of what there was to write, or took it.
    void write_blocked(tick now) noexcept
    {
        blocked_ = true;
        blocked_since_ = now;
    }
    void write_unblocked() noexcept { blocked_ = false; }

    /// Whether new streams may be started.
    [[nodiscard]] bool takes_streams() const noexcept
    {
        return state_ == state::alive || state_ == state::asked;
    }
    /// It takes no streams, but is likely to at once.
    [[nodiscard]] bool probed() const noexcept { return state_ == state::probed; }
    /// How long nothing was read.
    [[nodiscard]] tick silent_for(tick now) const noexcept { return now - heard_; }

    /// What to do now. `streams`: some are open, so that silence means something.
    decision look(tick now, bool streams) noexcept;

private:
    static constexpr tick never = liveness_limits::never;
    enum class state : std::uint8_t { alive, asked, probed, degraded };

    [[nodiscard]] tick silence_allowed() const noexcept;

    liveness_limits limits_;
    tick heard_ = 0;
    tick quiet_since_ = 0; // heard_, or when it was used again
    tick asked_ = 0;
    tick blocked_since_ = 0;
    state state_ = state::alive;
    std::uint8_t asked_in_vain_ = 0; // PINGs for silence since content was read
    bool blocked_ = false;
};

} // namespace aloft
