#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::sim {

/// What a simulator needs to know of a chat completion that was asked for.
struct completion_request {
    std::string model;
    std::uint32_t n = 1;
    std::optional<std::uint32_t> max_tokens;
    bool stream = false;
    bool include_usage = false;
    bool include_obfuscation = true; ///< OpenAI's padding
    std::size_t messages = 0;
    std::size_t images = 0;
    std::uint64_t text_bytes = 0; ///< of all messages
    std::uint64_t text_hash = 0;

    /// As good a guess as another, and always the same.
    [[nodiscard]] std::uint64_t prompt_tokens() const noexcept
    {
        return 1 + 4 * messages + text_bytes / 4 + 1024 * images;
    }
};

/// Reads a request's JSON piece by piece and keeps none of it, so that thousands of screenshots may
/// arrive at once.
class completion_reader {
public:
    completion_reader();
    ~completion_reader();

    void feed(std::string_view bytes);
    /// After the last byte: what was asked for, or nothing, with problem() and param() saying why.
    std::optional<completion_request> finish();

    [[nodiscard]] const std::string& problem() const noexcept;
    /// The field that is wrong, or "".
    [[nodiscard]] const std::string& param() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace aloft::sim
