#pragma once

#include "run/line_reader.hpp"
#include "run/prompt.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace aloft::tools {

/// The prompts of a file, as many as are there at a time. Blocks, as line_reader does.
class prompt_source {
public:
    /// \param limit  how many prompts at the most
    prompt_source(const std::string& path, prompt_defaults defaults, std::uint64_t limit,
                  std::string& problem);

    /// The next prompts, at least one; none at the end. One whose custom_id was met before is
    /// marked. `problem` where the input cannot be read on.
    std::vector<prompt> next(std::string& problem);

    /// The line in which a custom_id stood, among those read so far; 0 where it did not.
    [[nodiscard]] std::uint64_t line_of(const fingerprint& custom_id) const
    {
        const auto at = seen_.find(custom_id);
        return at == seen_.end() ? 0 : at->second;
    }

    void cancel() noexcept { lines_.cancel(); }
    /// About how many prompts there will have been; nothing where that is not known. For any
    /// thread.
    [[nodiscard]] std::optional<double> expected() const noexcept;
    [[nodiscard]] bool repeatable() const noexcept { return lines_.repeatable(); }

private:
    void check_custom_id(prompt& one);

    line_reader lines_;
    prompt_defaults defaults_;
    std::uint64_t limit_;
    std::uint64_t taken_ = 0;
    std::atomic<double> expected_ = 0;
    std::unordered_map<fingerprint, std::uint64_t> seen_; // custom_id, and the line it stood in
};

} // namespace aloft::tools
