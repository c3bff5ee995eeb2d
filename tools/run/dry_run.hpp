#pragma once

#include "run/prompt_source.hpp"

#include <cstdint>
#include <string>

namespace aloft::tools {

/// What the input comes to without a request sent: every line read, every image looked at.
class dry_run {
public:
    /// Reads `input` to its end and says on standard error what is wrong with which line.
    /// \param body_limit  bytes that one request may have
    void read(prompt_source& input, std::size_t body_limit);

    [[nodiscard]] std::string summary() const;
    [[nodiscard]] std::uint64_t problems() const noexcept { return problems_; }
    [[nodiscard]] std::uint64_t prompts() const noexcept { return prompts_; }
    /// Why it could not be read to its end; empty where it was.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    std::uint64_t prompts_ = 0;
    std::uint64_t images_ = 0;
    std::uint64_t problems_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t largest_ = 0;
    std::string problem_;
};

} // namespace aloft::tools
