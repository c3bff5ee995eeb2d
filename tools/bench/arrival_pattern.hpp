#pragma once

#include "bench/arrival_plan.hpp"

#include <string>
#include <string_view>

namespace aloft::tools::bench {

/// How requests arrive, as the command line says it:
///
///     closed               the next one when one has ended, so many at once as --max-in-flight
///     constant:R           R a second, evenly
///     poisson:R            R a second, independently of each other
///     gamma:R,B            R a second with burstiness B (arrival_gaps)
///     ramp:R1,R2,S         from R1 to R2 a second within S seconds, then R2
///     step:R1xS1,R2xS2...  R1 a second for S1 seconds, and so on
///     trace:FILE           as recorded (read_trace)
class arrival_pattern {
public:
    /// Without a value `problem` says what is wrong with the text, or with the trace.
    static std::optional<arrival_pattern> parse(const std::string& text, std::string& problem);

    [[nodiscard]] bool closed() const noexcept { return stages_.empty() && trace_.empty(); }
    /// Gaps as arrival_gaps has them, where the text did not say.
    void burstiness(double value) { burstiness_ = value; }
    [[nodiscard]] std::optional<double> burstiness() const noexcept { return burstiness_; }
    /// Of a trace.
    void speed(double value) { speed_ = value; }
    /// Requests a second where that is one number; infinite for a closed loop, as in vLLM.
    [[nodiscard]] double rate() const;
    /// The same pattern at another rate; for one that has a single rate.
    [[nodiscard]] arrival_pattern at_rate(double rate) const;
    /// Whether it comes to an end by itself.
    [[nodiscard]] bool ends() const noexcept;
    [[nodiscard]] bool has_single_rate() const noexcept
    {
        return stages_.size() == 1 && stages_.front().from == stages_.front().to;
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Not for a closed loop.
    [[nodiscard]] std::unique_ptr<arrival_plan> plan(std::uint64_t seed) const;

private:
    std::string read_parameters(std::string_view kind, std::string_view rest);

    std::string text_;
    std::vector<rate_stage> stages_;
    std::vector<arrival> trace_;
    std::optional<double> burstiness_;
    double speed_ = 1;
};

/// Reads a trace: one JSON object a line, "timestamp" in milliseconds (as Mooncake and AIPerf have
/// it) or "at" in seconds, and where it is known "input_length" and "output_length" in tokens.
std::vector<arrival> read_trace(const std::string& path, std::string& problem);

} // namespace aloft::tools::bench
