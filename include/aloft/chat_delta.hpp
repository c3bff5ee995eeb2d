#pragma once

#include <aloft/api_error.hpp>
#include <aloft/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::chat {

/// Tokens counted by the server.
struct usage {
    usage() noexcept = default;

    std::uint64_t prompt_tokens = 0;
    std::uint64_t completion_tokens = 0;
    std::uint64_t total_tokens = 0;
    std::uint64_t cached_tokens = 0; ///< of the prompt, taken from a cache
    std::uint64_t reasoning_tokens = 0; ///< of the completion, spent on thinking
};

/// A piece of a tool call: pieces of one `index` belong together, their arguments are appended.
struct tool_call_delta {
    tool_call_delta() noexcept = default;

    std::uint32_t index = 0;
    std::string_view id; ///< empty in pieces that continue a call
    std::string_view name;
    std::string_view arguments; ///< JSON once all pieces are together, if the model wrote it so
};

/// What one chunk adds to one choice.
///
/// Borrows from the chunk it was read into and from that chunk's text. A view whose `data()` is
/// null stands for a field that was absent or null, which is not the same as an empty text.
class delta {
public:
    delta() noexcept = default;

    std::string_view id; ///< of the completion, the same in all chunks
    std::string_view model;
    std::uint32_t index = 0; ///< of the choice
    bool has_choice = false; ///< false for a chunk that carries usage only
    std::string_view role;
    std::string_view content;
    std::string_view reasoning; ///< the thinking: `reasoning_content`, or else `reasoning`
    std::string_view refusal;
    std::string_view finish_reason; ///< verbatim; servers have more reasons than OpenAI
    std::span<const tool_call_delta> tool_calls;
    const chat::usage* usage = nullptr;

    bool has_content() const noexcept { return content.data() != nullptr; }
    bool has_reasoning() const noexcept { return reasoning.data() != nullptr; }
    bool finished() const noexcept { return !finish_reason.empty(); }
    /// Unix time in seconds; 0 where the server gave none. Read from the text when asked for.
    std::int64_t created() const noexcept;

private:
    friend class chunk_reader;
    friend class chunk_shape;
    friend class owned_delta;

    std::string_view created_;
};

/// A delta that owns its texts, for handlers that run later.
class owned_delta {
public:
    owned_delta() = default;
    explicit owned_delta(const delta& from);
    owned_delta(const owned_delta& other);
    owned_delta(owned_delta&&) noexcept = default;
    owned_delta& operator=(const owned_delta& other);
    owned_delta& operator=(owned_delta&&) noexcept = default;
    ~owned_delta() = default;

    /// The delta, borrowing from this object; copies of it do not outlive it.
    const delta& operator*() const noexcept { return view_; }
    const delta* operator->() const noexcept { return &view_; }

private:
    delta view_;
    std::unique_ptr<char[]> text_;
    std::vector<tool_call_delta> tool_calls_;
    std::unique_ptr<chat::usage> usage_;
};

/// What an event of a chat stream is.
enum class chunk_kind : std::uint8_t {
    deltas, ///< a chunk; it may hold no delta at all
    done, ///< `[DONE]`: nothing follows
    error, ///< the server gave up; `chunk::error` says why
    keep_alive, ///< nothing but a sign of life
};

/// One decoded event. Meant to be used again for the next: it keeps its memory, and allocates only
/// for chunks of several choices, tool calls or escaped texts.
class chunk {
public:
    chunk() = default;
    chunk(const chunk&) = delete;
    chunk& operator=(const chunk&) = delete;
    chunk(chunk&&) = delete;
    chunk& operator=(chunk&&) = delete;

    chunk_kind kind() const noexcept { return kind_; }
    /// One for each choice of the chunk, and one without choice if it carries usage alone.
    std::span<const delta> deltas() const noexcept
    {
        return more_.empty() ? std::span<const delta>(&first_, count_)
                             : std::span<const delta>(more_);
    }
    const std::optional<chat::usage>& usage() const noexcept { return usage_; }
    /// The server's error, of a chunk of kind `error`; else null.
    const api_error* error() const noexcept { return error_.get(); }

private:
    friend class chunk_decoder;
    friend class chunk_reader;

    chunk_kind kind_ = chunk_kind::deltas;
    std::uint32_t count_ = 0;
    delta first_;
    std::vector<delta> more_; // all of them, where there is more than one
    std::vector<tool_call_delta> tool_calls_;
    std::optional<chat::usage> usage_;
    std::unique_ptr<char[]> text_; // texts that had escapes
    std::size_t text_capacity_ = 0;
    std::unique_ptr<api_error> error_;
};

/// Reads the events of chat streams, and whole completions, which have the same shape. One decoder
/// serves all streams of a client: between two calls it holds nothing of either.
///
/// Not thread-safe; movable.
class chunk_decoder {
public:
    /// Choices of a completion, and tool calls of a choice, have indexes below this.
    static constexpr std::uint32_t max_index = 128;

    chunk_decoder();
    chunk_decoder(chunk_decoder&&) noexcept;
    chunk_decoder& operator=(chunk_decoder&&) noexcept;
    ~chunk_decoder();

    /// Reads the data of one event.
    ///
    /// `data`: with 64 more readable bytes behind it. `out`: its deltas borrow from `data` and from
    /// `out`, until either changes; if an error is returned, its content is unspecified.
    /// `event_type`: the event's; "error" means an error, "ping" and "keepalive" may hold anything.
    /// Errors: `errc::invalid_event` if the data is not JSON or not a chunk, or an index is
    /// `max_index` or more. An error the server reports is no error of this call.
    error_code decode(std::string_view data, chunk& out, std::string_view event_type = "message");

private:
    struct parser;
    std::unique_ptr<parser> parser_;
};

} // namespace aloft::chat
