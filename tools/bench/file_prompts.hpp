#pragma once

#include "bench/workload.hpp"
#include "run/prompt.hpp"

#include <string>
#include <vector>

namespace aloft::tools::bench {

/// The prompts of a file in the forms that `aloft run` takes, from the first again when all were
/// asked.
class file_prompts final : public workload {
public:
    /// Reads them all. `problem` where one of them cannot be sent.
    file_prompts(const std::string& path, prompt_defaults defaults, std::string& problem);
    payload make(std::uint64_t number, const arrival& due) override;
    [[nodiscard]] std::string text() const override;

private:
    std::string path_;
    std::vector<payload> bodies_;
};

} // namespace aloft::tools::bench
