#include "run/result_order.hpp"

#include "run/recorded_results.hpp"
#include "run/replacement_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace aloft::tools {
namespace {

class placed_line {
public:
    std::uint64_t position;
    std::uint64_t offset;
    std::uint64_t size; // with its end

    bool operator<(const placed_line& other) const noexcept { return position < other.position; }
};

} // namespace

bool sort_results(const std::string& from, const std::string& to, const position& where, bool sync,
                  bool& sorted, std::string& problem)
{
    std::vector<placed_line> lines;
    std::uint64_t whole = 0;
    const auto note = [&](const recorded_line& line) {
        const auto offset = lines.empty() ? 0 : lines.back().offset + lines.back().size;
        lines.push_back({where(line.custom_id), offset, line.text.size() + 1});
    };
    if (!read_results(from, whole, problem, note))
        return false;
    sorted = std::is_sorted(lines.begin(), lines.end());
    if (sorted)
        return true;
    std::sort(lines.begin(), lines.end());
    std::ifstream file(from, std::ios::binary);
    replacement_file in_order(to);
    std::string text;
    for (const auto& line : lines) {
        text.resize(line.size);
        file.seekg(static_cast<std::streamoff>(line.offset));
        if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
            problem = fmt::format("cannot read {} at byte {}", from, line.offset);
            return false;
        }
        in_order.write(text);
    }
    return in_order.commit(sync, problem);
}

} // namespace aloft::tools
