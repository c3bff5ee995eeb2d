#pragma once

#include "run/fingerprint.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aloft::tools {

/// A line of a file of results.
class recorded_line {
public:
    std::string_view text; ///< without its end
    fingerprint custom_id;
    fingerprint request;
    bool failed = false;
};

/// Shows each whole line of a file of results. A last line that was torn, since its writer was
/// killed, is not shown; `whole` is where the lines before it end. False, with `problem`, where it
/// is no file of results.
bool read_results(const std::string& path, std::uint64_t& whole, std::string& problem,
                  const std::function<void(const recorded_line&)>& show);

/// Which prompts were answered by earlier runs: some 64 bytes a prompt, whatever the results hold.
class recorded_results {
public:
    struct entry {
        fingerprint request;
        bool failed = false;
        bool met = false; ///< the input has it, too
    };

    void add(const recorded_line& line);

    [[nodiscard]] entry* find(const std::string& custom_id)
    {
        const auto at = entries_.find(fingerprint(custom_id));
        return at == entries_.end() ? nullptr : &at->second;
    }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t failed() const noexcept { return failed_; }
    /// How many of them the input did not have.
    [[nodiscard]] std::size_t strange() const;

private:
    std::unordered_map<fingerprint, entry> entries_;
    std::size_t failed_ = 0;
};

} // namespace aloft::tools
