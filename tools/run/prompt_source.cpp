#include "run/prompt_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace aloft::tools {

prompt_source::prompt_source(const std::string& path, prompt_defaults defaults, std::uint64_t limit,
                             std::string& problem) :
    lines_(path, problem), defaults_(std::move(defaults)), limit_(limit)
{
    if (path != "-")
        defaults_.folder = std::filesystem::path(path).parent_path();
}

std::vector<prompt> prompt_source::next(std::string& problem)
{
    std::vector<prompt> made;
    while (made.empty() && taken_ < limit_) {
        const auto lines = lines_.next(problem);
        if (lines.empty())
            break;
        for (const auto& line : lines) {
            if (taken_ == limit_)
                break;
            if (!line.too_long && line.text.find_first_not_of(" \t") == std::string::npos)
                continue;
            ++taken_;
            check_custom_id(made.emplace_back(prompt::read(line, defaults_)));
        }
    }
    if (const auto fraction = lines_.fraction(); fraction && *fraction > 0) {
        const auto in_file = static_cast<double>(taken_) / *fraction;
        expected_ = std::min(in_file, static_cast<double>(limit_));
    }
    return made;
}

std::optional<double> prompt_source::expected() const noexcept
{
    const double known = expected_;
    return known == 0 ? std::nullopt : std::optional(known);
}

void prompt_source::check_custom_id(prompt& one)
{
    const auto [at, first] = seen_.emplace(fingerprint(one.custom_id), one.line);
    if (first)
        return;
    one.duplicate = true;
    one.problem =
        fmt::format("its custom_id \"{}\" was used by line {}", one.custom_id, at->second);
}

} // namespace aloft::tools
