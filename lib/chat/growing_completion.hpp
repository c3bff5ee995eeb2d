#pragma once

#include <aloft/chat_completion.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aloft::chat {

/// The completion that a stream's deltas come to. Of thousands of streams most are one choice of
/// text, of which this keeps the text and little else; it makes a completion only where somebody
/// asks for it, or where a delta brings anything else.
class growing_completion {
public:
    /// As completion::append().
    error_code append(const chunk& from);
    /// As completion::content().
    [[nodiscard]] std::string_view content() const noexcept
    {
        return whole_ ? whole_->content() : content_;
    }
    /// What came so far; it grows along.
    [[nodiscard]] const completion& whole() { return widen(); }
    /// The same if it was made already, else there is one choice, of content() alone.
    [[nodiscard]] const completion* made() const noexcept { return whole_.get(); }

private:
    [[nodiscard]] bool fits(const delta& from) const noexcept;
    void add(const delta& from);
    completion& widen();

    std::string content_;
    std::unique_ptr<completion> whole_; // in place of all else
    std::int64_t created_ = 0;
    bool named_ = false;
    bool begun_ = false; // there is a choice
    bool ended_ = false; // with a reason
    bool has_content_ = false;
    bool has_role_ = false; // the usual one
    std::uint32_t id_size_ = 0;
    std::uint32_t model_size_ = 0;
    std::string names_; // of the completion, of the model, and of the reason why it ended
};

} // namespace aloft::chat
