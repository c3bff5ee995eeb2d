#include "run/input_check.hpp"

#include <fmt/format.h>

namespace aloft::tools {

void input_check::read(prompt_source& input, results& output, const std::string& name, bool all)
{
    for (auto batch = input.next(problem_); !batch.empty(); batch = input.next(problem_)) {
        for (const auto& one : batch) {
            if (one.duplicate)
                continue;
            const auto state = output.look_up(one);
            if (state == results::state::other_request) {
                problem_ = other_request(one, output);
                return;
            }
            outstanding_ += state == results::state::to_do ? 1 : 0;
        }
    }
    const auto strange = output.recorded().strange();
    if (problem_.empty() && all && strange != 0)
        problem_ = fmt::format("{} has results of {} prompts that {} does not have; choose another "
                               "-o, or remove that file",
                               output.path(), strange, name);
}

std::string other_request(const prompt& one, const results& output)
{
    return fmt::format("line {} (custom_id \"{}\") differs from what {} has a result of: another "
                       "prompt, model or parameter; choose another -o, or remove that file",
                       one.line, one.custom_id, output.path());
}

} // namespace aloft::tools
