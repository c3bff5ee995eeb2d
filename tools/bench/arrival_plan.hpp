#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace aloft::tools::bench {

using std::chrono::nanoseconds;

/// A request to come.
class arrival {
public:
    nanoseconds at{}; ///< since the start of the run
    std::uint32_t input_tokens = 0; ///< as a trace has it; 0 where it says nothing
    std::uint32_t output_tokens = 0;
};

/// When the requests of an open loop are due, whatever becomes of those before. The same seed
/// gives the same plan.
class arrival_plan {
public:
    virtual ~arrival_plan() = default;
    /// The next request, never due before the one before it; nothing at the end of the plan.
    virtual std::optional<arrival> next() = 0;
};

/// The rate changes evenly from one value to another while it lasts, requests a second.
class rate_stage {
public:
    double from = 0;
    double to = 0;
    double seconds = 0; ///< infinite in a last stage that does not end

    /// How many requests are due in it.
    [[nodiscard]] double requests() const;
    /// Seconds from its beginning until `count` requests were due.
    [[nodiscard]] double time_of(double count) const;
};

/// How far apart requests are, in units of the mean distance.
class arrival_gaps {
public:
    /// Evenly spaced where `burstiness` says nothing. Else Gamma distributed with the shape
    /// `burstiness` and the mean 1: 1 is a Poisson process, less comes in bursts, more is more
    /// even; the coefficient of variation is 1 / sqrt(burstiness).
    arrival_gaps(std::optional<double> burstiness, std::uint64_t seed);
    double next();

private:
    std::optional<std::gamma_distribution<double>> gamma_;
    std::mt19937_64 random_;
    bool first_ = true;
};

/// Requests at a rate that is given by stages, one after the other.
class staged_arrivals final : public arrival_plan {
public:
    staged_arrivals(std::vector<rate_stage> stages, arrival_gaps gaps);
    std::optional<arrival> next() override;

private:
    std::vector<rate_stage> stages_;
    arrival_gaps gaps_;
    std::size_t stage_ = 0;
    double began_ = 0; // of the stage, seconds
    double count_ = 0; // requests due since then
};

/// Requests when they came before, at `speed` times the pace.
class replayed_arrivals final : public arrival_plan {
public:
    replayed_arrivals(std::vector<arrival> recorded, double speed);
    std::optional<arrival> next() override;

private:
    std::vector<arrival> recorded_;
    double speed_;
    std::size_t next_ = 0;
};

} // namespace aloft::tools::bench
