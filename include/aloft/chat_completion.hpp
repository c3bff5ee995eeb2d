#pragma once

#include <aloft/api_error.hpp>
#include <aloft/chat_delta.hpp>
#include <aloft/error.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::chat {

/// A whole tool call.
struct tool_call {
    tool_call() = default;

    std::uint32_t index = 0;
    std::string id;
    std::string name;
    std::string arguments; ///< what the model wrote; mostly, not always, JSON
};

/// One answer of a completion.
struct choice {
    choice() = default;

    std::uint32_t index = 0;
    std::string role;
    std::optional<std::string> content; ///< none where the model only called tools
    std::string reasoning;
    std::string refusal;
    std::vector<tool_call> tool_calls; ///< by index
    std::string finish_reason; ///< verbatim; empty while the choice is not finished
};

/// A completion, put together from the deltas of a stream or read from a whole response.
class completion {
public:
    /// Limit of all texts together, unless another is given: 64 MiB.
    static constexpr std::size_t default_limit = std::size_t{64} << 20;

    /// `limit`: bytes all texts together may have.
    explicit completion(std::size_t limit = default_limit) noexcept : limit_(limit) {}

    /// Adds what a delta brings. Errors: `errc::body_too_large` if the limit would be exceeded.
    error_code append(const delta& from);
    /// Adds all deltas of a chunk. Chunks of other kinds add nothing.
    error_code append(const chunk& from);

    const std::string& id() const noexcept { return id_; }
    const std::string& model() const noexcept { return model_; }
    /// Unix time in seconds.
    std::int64_t created() const noexcept { return created_; }
    /// In the order of their index.
    const std::vector<choice>& choices() const noexcept { return choices_; }
    const std::optional<chat::usage>& usage() const noexcept { return usage_; }
    /// The content of the first choice, or nothing.
    std::string_view content() const noexcept;

    /// The JSON of a `chat.completion` object, as a server that does not stream sends it.
    std::string to_json() const;

private:
    friend class growing_completion;

    std::string id_;
    std::string model_;
    std::int64_t created_ = 0;
    std::vector<choice> choices_;
    std::optional<chat::usage> usage_;
    std::size_t limit_;
    std::size_t size_ = 0;
};

/// Whether a stream said all it had to say: it ends with `[DONE]`, or with a finish reason for
/// every choice it began. Ending otherwise, be it ever so cleanly, it was cut off.
class stream_state {
public:
    stream_state() noexcept = default;

    void saw(const chunk& one) noexcept;

    bool complete() const noexcept { return done_ || (seen_.any() && seen_ == finished_); }
    /// `[DONE]` was seen, so nothing follows.
    bool done() const noexcept { return done_; }
    /// What a stream that ends now ends with: no error, or `errc::truncated_stream`.
    error_code at_end() const noexcept;

private:
    std::bitset<chunk_decoder::max_index> seen_;
    std::bitset<chunk_decoder::max_index> finished_;
    bool done_ = false;
};

/// Reads the response to a request that did not ask for a stream.
///
/// `out` is filled in on success. `reported`, if given, receives the error a server put into the
/// body. Errors: `errc::invalid_event` if the body is not a completion, `errc::stream_error` if it
/// is an error object, `errc::body_too_large`.
error_code parse_completion(std::string_view json, completion& out, api_error* reported = nullptr);

} // namespace aloft::chat
