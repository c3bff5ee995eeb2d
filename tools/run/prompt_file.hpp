#pragma once

#include <aloft/payload.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <unordered_set>

namespace aloft::tools {

/// One line of a prompt file, ready to send, or what is wrong with it.
class job {
public:
    std::uint64_t line = 0;
    std::string custom_id;
    std::string path; ///< behind the base URL: "/chat/completions"
    payload body; ///< JSON
    bool chat = false; ///< to be streamed and put together; other endpoints pass through
    std::string problem; ///< empty where the line is good
};

/// Reads prompts line by line, so that a file may be larger than memory: OpenAI Batch lines
/// (custom_id, method, url, body) or the short form {"prompt": ..., "image": "screen.png",
/// "system": ..., "custom_id": ...}, whose images are files beside the input.
class prompt_file {
public:
    /// Largest line, bytes.
    static constexpr std::size_t line_limit = std::size_t{64} << 20;

    /// `path` "-" is standard input. `problem` says why it cannot be read.
    prompt_file(const std::string& path, std::string model, std::string& problem);

    /// The next line that is not blank; nothing at the end.
    std::optional<job> next();

    /// How far the file was read, for progress; 0 to 1, or nothing where its size is not known.
    [[nodiscard]] std::optional<double> fraction();

private:
    bool read_line();
    void read_batch_line(job& into, const void* object);
    void read_short_line(job& into, const void* object);

    std::ifstream file_;
    std::istream* in_;
    std::filesystem::path folder_;
    std::string model_;
    std::string text_;
    std::unordered_set<std::string> seen_;
    std::uint64_t line_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t size_ = 0;
    bool too_long_ = false;
};

} // namespace aloft::tools
