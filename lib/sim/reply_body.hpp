#pragma once

#include <aloft/body_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aloft::sim {

/// A response body that grows while it is sent.
class reply_body final : public body_source {
public:
    /// What is not taken yet; the caller appends to it and then resumes the stream.
    std::string& pending() noexcept { return pending_; }
    [[nodiscard]] std::size_t unsent() const noexcept { return pending_.size() - taken_; }
    /// Nothing more follows.
    void end() noexcept { after_ = state::last; }
    /// The body is cut off behind what is pending.
    void fail() noexcept { cut_ = true; }
    /// All of it is known.
    void whole(std::string text)
    {
        length_ = text.size();
        pending_ = std::move(text);
        end();
    }

    run peek() override
    {
        if (cut_ && unsent() == 0)
            return {{}, state::failed};
        return {std::string_view(pending_).substr(taken_), cut_ ? state::more : after_};
    }
    void advance(std::size_t count) override
    {
        taken_ += count;
        if (taken_ != pending_.size())
            return;
        taken_ = 0;
        if (pending_.capacity() > most_kept)
            pending_ = {};
        else
            pending_.clear();
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }

private:
    static constexpr std::size_t most_kept = 1024;

    std::string pending_;
    std::size_t taken_ = 0;
    std::optional<std::uint64_t> length_;
    state after_ = state::more;
    bool cut_ = false;
};

} // namespace aloft::sim
