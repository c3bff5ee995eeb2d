#pragma once

#include "base/timer_wheel.hpp"

#include <aloft/health_check.hpp>
#include <aloft/server_state.hpp>

#include <cstdint>
#include <random>

namespace aloft::policy {

/// The questions to the health endpoint of one of several servers: when the next is due, and when
/// failures are enough to take the server out.
class endpoint_watch {
public:
    explicit endpoint_watch(const health_check& rules) noexcept;

    /// Begins, also after a while in which nobody asked: within an interval, by chance, so that
    /// those who begin together do not ask together.
    void begin(tick now, std::minstd_rand& random);
    /// When the next question is due; not while one is asked.
    [[nodiscard]] tick due() const noexcept { return due_; }
    [[nodiscard]] bool asking() const noexcept { return asking_; }
    void ask() noexcept { asking_ = true, ++asked_; }
    /// What became of it: unknown where the server has no such endpoint. True: the server should be
    /// taken out.
    bool answered(endpoint_health what, tick now, std::minstd_rand& random);

    /// Whether the endpoint can stand in for a request that finds out whether the server is back.
    [[nodiscard]] bool of_use() const noexcept { return of_use_; }
    [[nodiscard]] endpoint_health last() const noexcept { return last_; }
    [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }
    [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }

private:
    tick interval_;
    unsigned most_failures_;
    tick due_ = 0;
    std::uint64_t asked_ = 0;
    std::uint64_t failed_ = 0;
    unsigned failures_ = 0; // in a row
    endpoint_health last_ = endpoint_health::unknown;
    bool asking_ = false;
    bool of_use_ = true; // until an answer shows otherwise
};

} // namespace aloft::policy
