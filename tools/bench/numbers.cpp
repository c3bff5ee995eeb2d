#include "bench/numbers.hpp"

#include <charconv>
#include <cmath>

namespace aloft::tools::bench {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> pieces;
    while (true) {
        const auto end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return pieces;
        text.remove_prefix(end + 1);
    }
}

std::vector<double> read_numbers(std::string_view text, char separator)
{
    std::vector<double> numbers;
    for (const auto piece : split(text, separator)) {
        double value = 0;
        const auto* const end = piece.data() + piece.size();
        const auto read = std::from_chars(piece.data(), end, value);
        if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value))
            return {};
        numbers.push_back(value);
    }
    return numbers;
}

} // namespace aloft::tools::bench
