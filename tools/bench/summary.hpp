#pragma once

#include "bench/measurements.hpp"
#include "bench/objectives.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace aloft::tools::bench {

/// One measure over all requests of the run that count.
class measured {
public:
    measure what;
    std::array<samples, 3> since; ///< by counted_from
    [[nodiscard]] const samples& from(counted_from start) const noexcept
    {
        return since[static_cast<std::size_t>(start)];
    }
};

/// The part of the run in which load came as it should: behind the warm-up, before the last
/// requests end one by one.
class steady_window {
public:
    double begin = 0; ///< seconds since the start of the run
    double end = 0;
    std::uint64_t completed = 0; ///< requests that succeeded within
    std::uint64_t output_tokens = 0; ///< of these
    double mean_in_flight = 0;
    [[nodiscard]] double seconds() const noexcept { return end - begin; }
};

class failures {
public:
    std::string name;
    std::string example;
    std::uint64_t count = 0;
};

/// What a run comes to: the figures of the requests behind the warm-up.
class summary {
public:
    summary(const measurements& from, const objectives& wanted);

    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t good = 0; ///< kept the objectives
    std::uint64_t warm_up = 0; ///< requests left out
    std::uint64_t prompt_tokens = 0;
    std::uint64_t output_tokens = 0;
    std::uint64_t events = 0;
    std::uint64_t most_in_flight = 0;
    /// Events with content; servers may put several tokens in one.
    std::uint32_t most_tokens_in_a_second = 0;
    double seconds = 0; ///< from when the first request was due to the end of the last
    std::vector<measured> measures; ///< those that any request had
    samples late; ///< from when a request was due until the client got to it: our own doing
    samples waited; ///< from then until a connection took it
    std::vector<failures> errors;
    steady_window steady;

    [[nodiscard]] double a_second(std::uint64_t count) const noexcept
    {
        return seconds > 0 ? static_cast<double>(count) / seconds : 0;
    }
    [[nodiscard]] std::uint64_t all() const noexcept { return completed + failed; }
    /// Null where no request had it.
    [[nodiscard]] const measured* find(measure what) const noexcept;

private:
    void count(const request_record& one, const objectives& wanted);
    void look_at_steady(const measurements& from, run_time begin, run_time end);
    void count_in_flight(const measurements& from);
};

} // namespace aloft::tools::bench
