#include "bench/file_prompts.hpp"

#include "run/prompt_source.hpp"
#include "size_text.hpp"

#include <fmt/format.h>

#include <limits>

namespace aloft::tools::bench {
namespace {

constexpr std::size_t body_limit = std::size_t{128} << 20;
constexpr std::size_t memory_limit = std::size_t{2} << 30;

} // namespace

file_prompts::file_prompts(const std::string& path, prompt_defaults defaults,
                           std::string& problem) :
    path_(path)
{
    prompt_source source(path, std::move(defaults), std::numeric_limits<std::uint64_t>::max(),
                         problem);
    std::size_t held = 0;
    while (problem.empty()) {
        auto some = source.next(problem);
        if (some.empty())
            break;
        for (auto& one : some) {
            one.check(body_limit);
            if (one.problem.empty() && !one.chat)
                one.problem = "it is not a chat completion";
            if (one.problem.empty())
                bodies_.push_back(one.make_body());
            if (!one.problem.empty()) {
                problem = fmt::format("{}, line {}: {}", path, one.line, one.problem);
                return;
            }
            held += bodies_.back().size();
            if (held > memory_limit) {
                problem = fmt::format("{}: its requests have more than {}", path,
                                      size_text(memory_limit));
                return;
            }
        }
    }
    if (problem.empty() && bodies_.empty())
        problem = "no prompts in " + path;
}

payload file_prompts::make(std::uint64_t number, const arrival&)
{
    return bodies_[number % bodies_.size()];
}

std::string file_prompts::text() const
{
    return fmt::format("{} prompts of {}", bodies_.size(), path_);
}

} // namespace aloft::tools::bench
