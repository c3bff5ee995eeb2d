#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aloft::autoglm {

/// A reply of the phone agent's model, taken apart.
struct reply_parts {
    reply_parts() = default;

    std::string thinking;
    std::string action; ///< for `parse_action`
};

/// Takes a whole reply apart the way the phone agent does; the first rule that fits holds:
/// the text contains `finish(message=`, and the action begins there; or `do(action=`, likewise; or
/// `<answer>`, and the action stands behind it; else all of it is action.
reply_parts split_reply(std::string_view reply);

/// What one piece of a reply brings. Borrows from the piece and from the splitter until the next
/// call.
struct split_pieces {
    split_pieces() noexcept = default;

    std::string_view thinking;
    std::string_view action;
};

/// Takes a reply apart while it arrives, for showing the thinking at once.
///
/// The thinking ends at the first `do(action=` or `finish(message=`. What might be the beginning of
/// such a marker is held back until it is known; nothing is lost, and the pieces together are the
/// reply, however it was cut. (`split_reply` may put the border elsewhere: it sees the whole reply,
/// and prefers `finish`.) Holds no more than a marker's length. Not thread-safe.
class thinking_splitter {
public:
    thinking_splitter() = default;

    /// Takes the next piece of content.
    split_pieces push(std::string_view content);
    /// The end of the reply: what was held back was thinking after all.
    split_pieces finish() noexcept;
    /// Whether the action has begun.
    bool thinking_ended() const noexcept { return ended_; }

private:
    std::string text_; // what was held back, and the piece behind it
    std::string_view held_; // a proper prefix of a marker
    bool ended_ = false;
};

} // namespace aloft::autoglm
