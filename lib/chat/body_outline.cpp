#include "chat/body_outline.hpp"

#include "chat/json_text.hpp"

#include <functional>
#include <utility>

namespace aloft::chat {
namespace {

/// Walks over the tokens of a JSON text that comes in pieces. It looks at no more bytes one by one
/// than are outside of strings, so that a picture costs as much as finding its end.
class body_reader {
public:
    body_reader(body_outline& out, bool prefix) noexcept : out_(out), prefix_(prefix) {}

    /// False: all that was wanted is known.
    bool read(std::string_view piece)
    {
        piece_ = piece;
        hashed_ = 0;
        for (std::size_t at = 0; at < piece.size();) {
            at = in_string_ ? in_string(at) : outside(at);
            if (done())
                return false;
        }
        hash_up_to(piece.size());
        before_ += piece.size();
        return true;
    }

private:
    // Longer strings are no names that are looked for.
    static constexpr std::size_t longest_kept = 1024;

    [[nodiscard]] bool done() const noexcept
    {
        return named_ && (!prefix_ || out_.prefix || past_messages_);
    }

    std::size_t in_string(std::size_t at)
    {
        const auto end = piece_.find('"', at);
        const auto part = piece_.substr(at, end == piece_.npos ? end : end - at);
        length_ += part.size();
        if (length_ <= longest_kept)
            string_.append(part);
        std::size_t escapes = part.size() - (part.find_last_not_of('\\') + 1);
        if (escapes == part.size())
            escapes += escapes_;
        escapes_ = 0;
        if (end == piece_.npos) {
            escapes_ = escapes;
            return piece_.size();
        }
        if (escapes % 2 != 0) {
            string_.push_back('"');
            ++length_;
            return end + 1;
        }
        in_string_ = false;
        string_ended(before_ + end);
        return end + 1;
    }

    std::size_t outside(std::size_t at)
    {
        switch (piece_[at]) {
        case '"':
            in_string_ = true;
            string_.clear();
            length_ = 0;
            break;
        case '{':
        case '[':
            ++depth_;
            name_expected_ = piece_[at] == '{';
            break;
        case '}':
        case ']':
            --depth_;
            if (depth_ == message_depth - 1 && in_messages_ && std::exchange(of_user_, false)) {
                hash_up_to(at + 1);
                if (prefix_ && !out_.prefix)
                    out_.prefix = hash_;
            }
            if (depth_ == 1 && std::exchange(in_messages_, false))
                past_messages_ = true;
            break;
        case ':': name_expected_ = false; break;
        case ',': name_expected_ = depth_ == 1 || depth_ == message_depth; break;
        default: break;
        }
        return at + 1;
    }

    void string_ended(std::size_t at)
    {
        if (length_ > longest_kept)
            string_.clear();
        if (name_expected_) {
            name_ = string_;
            if (depth_ == 1 && name_ == "messages") {
                in_messages_ = true;
                hashed_ = at - before_; // what stands before it is no part of the prompt
                hashing_ = true;
            }
        } else if (depth_ == 1 && name_ == "model") {
            named_ = true;
            out_.model = string_;
            out_.model_at = at - length_;
        } else if (depth_ == message_depth && in_messages_ && name_ == "role") {
            of_user_ = string_ == "user";
        }
    }

    void hash_up_to(std::size_t end)
    {
        if (!prefix_ || !hashing_ || out_.prefix)
            return;
        const auto part = std::hash<std::string_view>()(piece_.substr(hashed_, end - hashed_));
        hash_ = (hash_ ^ part) * 0x100000001b3;
        hashed_ = end;
    }

    // Of the fields of a message: within the body, within the list of messages.
    static constexpr int message_depth = 3;

    body_outline& out_;
    bool prefix_;
    std::string_view piece_;
    std::string string_;
    std::string name_;
    std::size_t before_ = 0; // bytes of earlier pieces
    std::size_t hashed_ = 0; // of this piece
    std::size_t length_ = 0; // of the string
    std::size_t escapes_ = 0; // backslashes at the end of an earlier piece
    std::uint64_t hash_ = 0xcbf29ce484222325;
    int depth_ = 0;
    bool in_string_ = false;
    bool name_expected_ = false;
    bool in_messages_ = false;
    bool past_messages_ = false;
    bool of_user_ = false;
    bool hashing_ = false;
    bool named_ = false;
};

} // namespace

body_outline body_outline::read(const payload& body, bool prefix)
{
    body_outline out;
    body_reader reader(out, prefix);
    for (const auto piece : body) {
        if (!reader.read(piece))
            break;
    }
    return out;
}

payload with_model(const payload& body, const body_outline& found, std::string_view name)
{
    std::string written;
    json::append_escaped(written, name);
    auto text = body.flatten();
    text.replace(found.model_at, found.model.size(), written);
    return payload(std::move(text));
}

} // namespace aloft::chat
