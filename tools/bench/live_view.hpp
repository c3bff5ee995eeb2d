#pragma once

#include "bench/live_counters.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools::bench {

/// What a run is doing, on standard error while it lasts: on a terminal a few lines with the course
/// of the last minute, rewritten in place; elsewhere a plain line now and then.
class live_view {
public:
    /// \param processes  what each process has done
    live_view(bool quiet, std::span<live_counters> processes);

    void show();
    /// Takes the lines away, so that what follows starts on an empty one.
    void clear();
    [[nodiscard]] std::chrono::milliseconds interval() const;

private:
    class state {
    public:
        std::chrono::steady_clock::time_point at;
        std::uint64_t started = 0;
        std::uint64_t ended = 0;
        std::uint64_t failed = 0;
        std::uint64_t content_events = 0;
        std::vector<std::uint64_t> first_content;
    };
    /// A value and what it was before.
    class course {
    public:
        std::string_view title;
        std::deque<double> values;
    };

    [[nodiscard]] state look() const;
    void remember(const state& now);
    [[nodiscard]] std::string counts(const state& now) const;
    [[nodiscard]] std::string block(const state& now) const;

    bool quiet_;
    bool terminal_;
    std::span<live_counters> processes_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    state before_;
    std::vector<course> courses_;
    std::size_t lines_ = 0; // on the terminal right now
};

/// Bars of eight heights, the greatest value the highest.
std::string sparkline(const std::deque<double>& values);

} // namespace aloft::tools::bench
