#include "run/prompt_source.hpp"

#include <fmt/format.h>

#include <utility>

namespace aloft::tools {

prompt_source::prompt_source(const std::string& path, prompt_defaults defaults, std::uint64_t limit,
                             std::string& problem) :
    lines_(path, problem), defaults_(std::move(defaults)), left_(limit)
{
    if (path != "-")
        defaults_.folder = std::filesystem::path(path).parent_path();
}

std::vector<prompt> prompt_source::next(std::string& problem)
{
    std::vector<prompt> made;
    while (made.empty() && left_ != 0) {
        const auto lines = lines_.next(problem);
        if (lines.empty())
            break;
        for (const auto& line : lines) {
            if (left_ == 0)
                break;
            if (!line.too_long && line.text.find_first_not_of(" \t") == std::string::npos)
                continue;
            --left_;
            check_custom_id(made.emplace_back(prompt::read(line, defaults_)));
        }
    }
    return made;
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
