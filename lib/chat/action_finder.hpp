#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aloft::autoglm {

/// Finds where the first action of a reply is complete, while the reply arrives: a call `do(...)`
/// or `finish(...)` outside of `<think>`, that is closed and is an action by `parse_action`.
///
/// Stricter than `parse_action`, which sees the end of the reply: where a text has a quote that
/// should have been escaped nothing is found, since what follows may belong to the text. Looks at
/// each byte once.
class action_finder {
public:
    /// `text`: the reply so far. Whether an action is complete in it; once it is, it stays so.
    bool look(std::string_view text);

    /// The call within the text, once it was found.
    [[nodiscard]] std::string_view call(std::string_view text) const noexcept
    {
        return text.substr(begin_, at_ - begin_);
    }
    [[nodiscard]] bool found() const noexcept { return step_ == step::found; }

private:
    enum class step : std::uint8_t {
        seeking, ///< no call has begun
        thinking, ///< within <think>
        call, ///< within the call, outside of texts
        text, ///< within a text
        escape, ///< behind a backslash in a text
        after_text, ///< behind a quote: it has closed the text only if the call goes on
        after_comma, ///< behind a comma between arguments
        found,
        given_up, ///< no action can be told before the end
    };

    bool seek(std::string_view text);
    void take(char c);
    void check(std::string_view call);

    std::size_t at_ = 0; // what was looked at
    std::size_t begin_ = 0; // of the call
    std::uint8_t depth_ = 0; // of brackets
    char quote_ = 0;
    step step_ = step::seeking;
};

} // namespace aloft::autoglm
