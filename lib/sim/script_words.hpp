#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The words of distributions and fault scripts.
namespace aloft::sim {

/// A decimal number, nothing around it.
std::optional<double> parse_number(std::string_view text);
std::optional<std::uint64_t> parse_count(std::string_view text);
/// A number with us, ms or s behind it.
std::optional<std::chrono::microseconds> parse_duration(std::string_view text);

/// Words between blanks; one in double quotes may hold blanks.
class script_words {
public:
    explicit script_words(std::string_view line) noexcept : rest_(line) { skip_blanks(); }

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    /// The next word, or "" at the end.
    [[nodiscard]] std::string_view peek() const noexcept;
    std::string_view take() noexcept;
    /// Takes the next word if it is `word`.
    bool take(std::string_view word) noexcept
    {
        if (peek() != word)
            return false;
        take();
        return true;
    }

private:
    void skip_blanks() noexcept;

    std::string_view rest_;
};

} // namespace aloft::sim
