#pragma once

#include "run/prompt_source.hpp"
#include "run/results.hpp"

#include <cstdint>
#include <string>

namespace aloft::tools {

/// Says that the results are those of another prompt than `one`.
std::string other_request(const prompt& one, const results& output);

/// Holds what an earlier run recorded against the input, before anything is sent: results of other
/// prompts, of another model or other parameters must not be mixed with new ones.
class input_check {
public:
    /// \param all  the input is read to its end, so every result must be found in it
    void read(prompt_source& input, results& output, const std::string& name, bool all);

    /// Prompts without a result.
    [[nodiscard]] std::uint64_t outstanding() const noexcept { return outstanding_; }
    /// What does not belong together; empty where all does.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    std::uint64_t outstanding_ = 0;
    std::string problem_;
};

} // namespace aloft::tools
