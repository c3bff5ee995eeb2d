#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aloft::tools {

/// What a run has come to, counted as it goes.
class run_statistics {
public:
    using clock = std::chrono::steady_clock;

    void began() { ++in_flight_; }
    void succeeded(double total_seconds, std::optional<double> first_token_seconds,
                   std::uint64_t tokens);
    void failed(const std::string& kind);
    /// A line that could not be sent at all.
    void rejected(const std::string& kind) { ++failures_[kind], ++failed_; }

    [[nodiscard]] std::uint64_t done() const noexcept { return succeeded_ + failed_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failed_; }
    /// One line for the progress display; `fraction` of the input is done, where that is known.
    [[nodiscard]] std::string progress(std::optional<double> fraction) const;
    /// The table at the end.
    [[nodiscard]] std::string summary() const;

private:
    [[nodiscard]] double elapsed() const;

    clock::time_point started_ = clock::now();
    std::uint64_t in_flight_ = 0;
    std::uint64_t succeeded_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t tokens_ = 0;
    std::map<std::string, std::uint64_t> failures_;
    // Four bytes a request and kind: a million prompts cost 8 MB.
    std::vector<float> totals_;
    std::vector<float> first_tokens_;
};

} // namespace aloft::tools
