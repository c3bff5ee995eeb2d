#pragma once

#include <chrono>

namespace aloft {

/// How TCP connections behave. Setters chain.
class tcp_options {
public:
    /// Sends small segments at once (TCP_NODELAY). Default: yes.
    tcp_options& no_delay(bool yes)
    {
        no_delay_ = yes;
        return *this;
    }
    /// Asks a peer that was silent for so long, at least 1 s, whether it is still there; after four
    /// questions a quarter of this apart the connection is dead. 0: never asks. Default: 60 s.
    tcp_options& keep_alive(std::chrono::seconds silence)
    {
        keep_alive_ = silence;
        return *this;
    }

    [[nodiscard]] bool no_delay() const noexcept { return no_delay_; }
    [[nodiscard]] std::chrono::seconds keep_alive() const noexcept { return keep_alive_; }

private:
    bool no_delay_ = true;
    std::chrono::seconds keep_alive_{60};
};

} // namespace aloft
