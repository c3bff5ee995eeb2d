#pragma once

#include <aloft/early_end_counts.hpp>
#include <aloft/hedge_rules.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::tools {

/// What a run has come to, counted as it goes.
class run_statistics {
public:
    using clock = std::chrono::steady_clock;

    /// A request that succeeded.
    class success {
    public:
        double seconds = 0;
        std::optional<double> first_token_seconds;
        std::uint64_t prompt_tokens = 0;
        std::uint64_t completion_tokens = 0;
    };

    void began() { ++in_flight_; }
    void succeeded(const success& one);
    /// \param kind  what the table of errors calls it, \param example one in full
    void failed(const std::string& kind, const std::string& example);
    /// A line that could not be sent at all.
    void rejected();
    /// It is in flight no more and has no result: another run will send it.
    void left_out() { --in_flight_, ++left_out_; }
    /// An earlier run has its result.
    void answered_before(bool failed) { ++before_, failed_before_ += failed ? 1 : 0; }
    void token_arrived() { ++tokens_seen_; }
    /// What was ended at its action, and what was sent twice, in all.
    void extras(const autoglm::early_end_counts& ended, const hedge_counts& sent)
    {
        early_ends_ = ended, hedges_ = sent;
    }
    /// A request that is over was sent so often.
    void sent(unsigned attempts) noexcept { retries_ += attempts > 1 ? attempts - 1 : 0; }

    [[nodiscard]] std::uint64_t done() const noexcept { return succeeded_ + failed_; }
    [[nodiscard]] std::uint64_t successes() const noexcept { return succeeded_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failed_ + failed_before_; }
    [[nodiscard]] std::uint64_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] std::uint64_t before() const noexcept { return before_; }
    [[nodiscard]] std::uint64_t failed_before() const noexcept { return failed_before_; }
    /// One line for the progress display. \param expected  prompts in all, where that is known
    [[nodiscard]] std::string progress(std::optional<double> expected) const;
    /// The table at the end.
    [[nodiscard]] std::string summary() const;
    /// The same as one JSON object, times in seconds.
    [[nodiscard]] std::string json() const;

private:
    class errors {
    public:
        std::uint64_t count = 0;
        std::string example;
    };

    [[nodiscard]] double elapsed() const;

    clock::time_point started_ = clock::now();
    std::uint64_t in_flight_ = 0;
    std::uint64_t succeeded_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t retries_ = 0;
    std::uint64_t before_ = 0;
    std::uint64_t failed_before_ = 0;
    std::uint64_t tokens_seen_ = 0; // as they come; a server's usage is known only at the end
    std::uint64_t prompt_tokens_ = 0;
    std::uint64_t completion_tokens_ = 0;
    autoglm::early_end_counts early_ends_;
    hedge_counts hedges_;
    std::map<std::string, errors> failures_;
    // Four bytes a request and kind: a million prompts cost 8 MB.
    std::vector<float> totals_;
    std::vector<float> first_tokens_;
};

} // namespace aloft::tools
