#pragma once

#include <algorithm>
#include <cstdint>

namespace aloft::policy {

/// How many tokens a request will need, learned from those before it: a prompt's bytes are taken
/// for tokens at a rate that follows what the server counted, and of the answer that may be asked
/// for, the part that answers turned out to use.
class token_estimate {
public:
    /// \param bytes       of the prompt's text
    /// \param pictures    tokens of its pictures
    /// \param max_tokens  the most the answer may have; 0 where nothing is said
    [[nodiscard]] std::uint64_t of(std::uint64_t bytes, std::uint64_t pictures,
                                   std::uint64_t max_tokens) const noexcept
    {
        const auto prompt = prompt_of(bytes, pictures) * prompt_factor_;
        const auto answer =
            max_tokens != 0 ? static_cast<double>(max_tokens) * used_part_ : usual_answer_;
        return static_cast<std::uint64_t>(std::max(prompt + answer, 1.0));
    }
    /// What the server counted for such a request.
    void learn(std::uint64_t bytes, std::uint64_t pictures, std::uint64_t max_tokens,
               std::uint64_t prompt, std::uint64_t answer) noexcept
    {
        follow(prompt_factor_, static_cast<double>(prompt) / prompt_of(bytes, pictures));
        follow(usual_answer_, static_cast<double>(answer));
        if (max_tokens != 0)
            follow(used_part_, static_cast<double>(answer) / static_cast<double>(max_tokens));
    }

private:
    static double prompt_of(std::uint64_t bytes, std::uint64_t pictures) noexcept
    {
        constexpr double bytes_per_token = 3.5;
        return std::max(
            static_cast<double>(bytes) / bytes_per_token + static_cast<double>(pictures), 1.0);
    }
    static void follow(double& value, double seen) noexcept { value += (seen - value) * 0.1; }

    double prompt_factor_ = 1;
    double used_part_ = 1;
    double usual_answer_ = 500;
};

} // namespace aloft::policy
