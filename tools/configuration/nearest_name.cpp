#include "configuration/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace aloft::tools {
namespace {

constexpr std::size_t longest_name = 64;

/// Changes that lead from one to the other, swaps of neighbours included (optimal string
/// alignment).
std::size_t changes(std::string_view from, std::string_view to)
{
    std::array<std::array<std::size_t, longest_name + 1>, 3> rows{};
    auto* before = &rows[0];
    auto* last = &rows[1];
    auto* now = &rows[2];
    for (std::size_t j = 0; j <= to.size(); ++j)
        (*last)[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        (*now)[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t other = from[i - 1] == to[j - 1] ? 0 : 1;
            (*now)[j] = std::min({(*last)[j] + 1, (*now)[j - 1] + 1, (*last)[j - 1] + other});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                (*now)[j] = std::min((*now)[j], (*before)[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return (*last)[to.size()];
}

} // namespace

std::string_view nearest_name(std::string_view written, const std::vector<std::string_view>& names)
{
    std::string_view best;
    if (written.size() > longest_name)
        return best;
    std::size_t fewest = std::max<std::size_t>(written.size() / 3, 1) + 1;
    for (const auto one : names) {
        if (one.size() > longest_name)
            continue;
        const auto needed = changes(written, one);
        if (needed < fewest && needed < one.size()) {
            fewest = needed;
            best = one;
        }
    }
    return best;
}

} // namespace aloft::tools
