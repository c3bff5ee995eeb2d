#pragma once

#include <algorithm>
#include <cstdint>

namespace aloft::policy {

/// What a prompt is made of, as far as tokens are concerned.
class prompt_size {
public:
    std::uint64_t bytes = 0; ///< of its text
    std::uint64_t pictures = 0;
    std::uint64_t max_tokens = 0; ///< the most its answer may have; 0 where nothing is said

    static constexpr double bytes_per_token = 3.5;

    /// As if all pictures were alike.
    [[nodiscard]] double tokens() const noexcept
    {
        constexpr double picture = 1500; // a phone's screenshot; models differ, and are learned
        const auto sum =
            static_cast<double>(bytes) / bytes_per_token + static_cast<double>(pictures) * picture;
        return std::max(sum, 1.0);
    }
};

/// How many tokens a request will need, learned from those before it: a prompt's bytes are taken
/// for tokens at a rate that follows what the server counted, and of the answer that may be asked
/// for, the part that answers turned out to use.
class token_estimate {
public:
    [[nodiscard]] std::uint64_t of(const prompt_size& asked) const noexcept
    {
        const auto most = static_cast<double>(asked.max_tokens);
        const auto answer = asked.max_tokens != 0 ? most * used_part_ : usual_answer_;
        return static_cast<std::uint64_t>(std::max(asked.tokens() * prompt_factor_ + answer, 1.0));
    }
    /// What the server counted for such a request.
    void learn(const prompt_size& asked, std::uint64_t prompt, std::uint64_t answer) noexcept
    {
        follow(prompt_factor_, static_cast<double>(prompt) / asked.tokens());
        follow(usual_answer_, static_cast<double>(answer));
        if (asked.max_tokens != 0)
            follow(used_part_, static_cast<double>(answer) / static_cast<double>(asked.max_tokens));
    }

private:
    static void follow(double& value, double seen) noexcept { value += (seen - value) * 0.1; }

    double prompt_factor_ = 1;
    double used_part_ = 1;
    double usual_answer_ = 500;
};

} // namespace aloft::policy
