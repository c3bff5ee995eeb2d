#pragma once

#include <aloft/early_end_counts.hpp>
#include <aloft/failure.hpp>
#include <aloft/hedge_rules.hpp>
#include <aloft/histogram.hpp>
#include <aloft/server_state.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aloft {

/// What a client is doing at this moment.
class client_counts {
public:
    std::size_t in_flight = 0; ///< requests that hold a permit
    std::size_t queued = 0; ///< requests that wait for one
    std::size_t concurrency = 0; ///< how many origins are given at once, where that is learned
    std::size_t connections = 0; ///< open
    std::size_t dials = 0; ///< being opened
    std::size_t waiting = 0; ///< requests that wait for a stream on a connection
    std::size_t streams =
        0; ///< open streams, those reset and not yet released by the server included
    std::size_t deferred_resets =
        0; ///< of those, the cancelled ones whose RST_STREAM is held back for now
    std::size_t unread_memory = 0; ///< bytes of buffers that hold unread response bytes
};

/// How many of something there are, summed over time. The difference of two snapshots, divided by
/// the time between them, is the mean: of a queue's length, however short-lived its peaks. By
/// Little's law that is also the rate of arrivals times the mean wait.
class count_over_time {
public:
    /// \param now  milliseconds on a clock that does not go back
    void enter(std::uint64_t now) noexcept { settle(now), ++count_; }
    void leave(std::uint64_t now) noexcept { settle(now), --count_; }
    /// Sums up to `now`.
    void settle(std::uint64_t now) noexcept
    {
        sum_ += count_ * (now - settled_);
        settled_ = now;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// Count times milliseconds, up to when it was settled.
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    /// The mean count since a snapshot taken earlier.
    [[nodiscard]] double mean_since(const count_over_time& earlier) const noexcept
    {
        const auto time = settled_ - earlier.settled_;
        return time == 0 ? static_cast<double>(count_)
                         : static_cast<double>(sum_ - earlier.sum_) / static_cast<double>(time);
    }

private:
    std::size_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t settled_ = 0;
};

/// Why a request was sent again.
enum class replay_cause : std::uint8_t {
    unsent, ///< no byte of it had left
    refused, ///< the server said that it did not process it (REFUSED_STREAM, GOAWAY)
    stale, ///< HTTP/1.1: a connection that was used before closed without a byte of response
    idempotent, ///< the server may have processed it, and that does no harm
    policy, ///< a rule above said so: an error status that is worth another try
};

std::string_view to_string(replay_cause) noexcept;

/// What became of a client's connections. Times are milliseconds.
class connection_metrics {
public:
    histogram connect; ///< from the start of a dial until it could be used: lookup, connect, TLS
    std::uint64_t dials = 0;
    std::uint64_t dials_failed = 0;
    std::uint64_t opened = 0;
    std::uint64_t ended = 0; ///< of those opened, by whomever
};

/// What a client has done so far and is doing now: client::metrics(). A snapshot of its own; two of
/// them tell of the time between. Times are milliseconds, taken once a turn of the event loop, so
/// that measuring reads no clock: each is exact to one.
class client_metrics {
public:
    std::chrono::milliseconds at{0}; ///< when, on a clock of which only differences mean anything

    histogram queue; ///< each attempt, until it was sent: for a permit, a connection and a stream
    histogram head; ///< each answered attempt, from being sent to the head (time to first byte)
    histogram body; ///< each request that succeeded, from its head to its end
    histogram total; ///< the same, from its start to its end

    std::uint64_t started = 0; ///< requests; each ends as one of the next three
    std::uint64_t succeeded = 0; ///< read to the end, whatever the status
    std::uint64_t cancelled = 0; ///< by the caller
    std::array<std::uint64_t, 7> failed{}; ///< by aloft::phase
    std::array<std::uint64_t, 6> answered{}; ///< final heads, by the first digit of the status
    std::array<std::uint64_t, 5> replays{}; ///< by replay_cause
    std::uint64_t redirected = 0; ///< redirects followed
    std::uint64_t overloads = 0; ///< answers that say that a server has too much to do, where
                                 ///< limits are set
    std::uint64_t abandoned = 0; ///< attempts given up before the server had ended them:
                                 ///< RST_STREAM, or the end of an HTTP/1.1 connection
    std::uint64_t reset = 0; ///< streams that the server reset or refused
    std::uint64_t received = 0; ///< body bytes, of requests that are over

    /// HTTP/2: how often a server stood still since a stream's window was full of unread bytes.
    std::uint64_t response_stalls = 0;
    /// How often, and for how long, a request body waited for the server to take more: for credit,
    /// or for room on the connection.
    std::uint64_t upload_stalls = 0;
    std::uint64_t upload_stalled = 0;

    count_over_time in_flight; ///< requests that hold a permit
    count_over_time queued; ///< requests that wait for one
    count_over_time waiting; ///< requests that wait for a stream on a connection
    connection_metrics connections;
    client_counts now;

    // Of an autoglm::client, where its own metrics() are asked for; else empty.
    hedge_counts hedges;
    autoglm::early_end_counts early_ends;
    std::vector<server_state> servers; ///< as they stand; empty where there is one

    [[nodiscard]] std::uint64_t failed_in(phase during) const
    {
        return failed.at(static_cast<std::size_t>(during));
    }
    [[nodiscard]] std::uint64_t replayed(replay_cause why) const
    {
        return replays.at(static_cast<std::size_t>(why));
    }
};

} // namespace aloft
