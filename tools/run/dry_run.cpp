#include "run/dry_run.hpp"

#include "size_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aloft::tools {

void dry_run::read(prompt_source& input, std::size_t body_limit)
{
    for (auto batch = input.next(problem_); !batch.empty(); batch = input.next(problem_)) {
        for (auto& one : batch) {
            ++prompts_;
            one.check(body_limit);
            const auto size = one.body_size();
            if (!one.problem.empty()) {
                ++problems_;
                fmt::print(stderr, "line {}: {}\n", one.line, one.problem);
                continue;
            }
            images_ += one.has_image() ? 1 : 0;
            bytes_ += size;
            largest_ = std::max<std::uint64_t>(largest_, size);
        }
    }
}

std::string dry_run::summary() const
{
    auto text = fmt::format(
        "{} prompts: {} to send, {} with an image, about {} in all, {} at most\n", prompts_,
        prompts_ - problems_, images_, size_text(bytes_), size_text(largest_));
    if (problems_ != 0)
        text += fmt::format("  {} cannot be sent\n", problems_);
    return text;
}

} // namespace aloft::tools
