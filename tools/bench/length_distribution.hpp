#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace aloft::tools::bench {

/// How many tokens something has, drawn anew each time:
///
///     512                 always
///     100-900             each equally likely
///     normal:512,128      mean and standard deviation
///     lognormal:512,0.5   half of them below 512, one in six above 512 * e^0.5
class length_distribution {
public:
    /// Always `value`.
    explicit length_distribution(std::uint32_t value = 1);
    /// Without a value `problem` says what is wrong with the text.
    static std::optional<length_distribution> parse(std::string_view text, std::string& problem);

    /// At least 1, at most ten million.
    [[nodiscard]] std::uint32_t draw(std::mt19937_64& random) const;

private:
    enum class kind : std::uint8_t { uniform, normal, lognormal };

    length_distribution(kind how, double first, double second) :
        how_(how), first_(first), second_(second)
    {
    }

    kind how_;
    double first_;
    double second_;
};

} // namespace aloft::tools::bench
