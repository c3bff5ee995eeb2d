#pragma once

#include "base/timer_wheel.hpp"
#include "policy/gcra.hpp"
#include "policy/server_allowance.hpp"

#include <aloft/fields.hpp>
#include <aloft/rate_limits.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace aloft::policy {

/// Requests and tokens a minute of one origin: what we set ourselves, and what the server says is
/// left. A request takes one request and its estimated tokens when it is sent, and settles when the
/// server has said what it used.
class rate_limiter {
public:
    explicit rate_limiter(const rate_limits& limits);

    /// The first tick at which a request of so many tokens may be sent.
    [[nodiscard]] tick ready_at(std::uint64_t tokens, tick now) const noexcept;
    void take(std::uint64_t tokens, tick now) noexcept;
    /// The request was not sent after all.
    void give_back(std::uint64_t tokens) noexcept;
    /// It used `used` tokens where `taken` were taken.
    void settle(std::uint64_t taken, std::uint64_t used, tick now) noexcept;
    /// The head of a response. \param unix_time  of now, in seconds
    void observe(const fields& head, tick now, std::int64_t unix_time);
    /// A 429; `time` is how long the server asks for, where it does.
    void refused(std::optional<std::chrono::milliseconds> time, tick now);

    /// What may be sent at once: ours or the server's, whichever is less. Empty: no limit.
    [[nodiscard]] std::optional<std::int64_t> requests_left(tick now) const noexcept;
    [[nodiscard]] std::optional<std::int64_t> tokens_left(tick now) const noexcept;

private:
    std::optional<gcra> requests_;
    std::optional<gcra> tokens_;
    server_allowance server_requests_;
    server_allowance server_tokens_;
    bool follow_server_;
};

} // namespace aloft::policy
