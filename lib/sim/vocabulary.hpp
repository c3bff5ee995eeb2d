#pragma once

#include "sim/random_source.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::sim {

using token = std::uint16_t;

/// All tokens there are, escaped for JSON beforehand: sending one is copying it.
class vocabulary {
public:
    /// The one there is; immutable.
    static const vocabulary& instance();

    [[nodiscard]] std::string_view escaped(token which) const noexcept { return escaped_[which]; }
    [[nodiscard]] std::size_t size() const noexcept { return escaped_.size(); }

    /// A reply as AutoGLM gives it, thought and action, of about `wanted` tokens: exactly so many
    /// where that is enough for the shortest thought.
    [[nodiscard]] std::vector<token> compose(random_source& random, std::size_t wanted) const;
    /// How many of a reply's first tokens are its thought, the tags around it included.
    [[nodiscard]] std::size_t thought_of(const std::vector<token>& reply) const noexcept;
    /// Whether a token is a tag around a thought.
    [[nodiscard]] bool is_tag(token which) const noexcept
    {
        return which == opening_.front() || which == turn_.front();
    }

private:
    vocabulary();
    token intern(std::string_view text);
    std::vector<token> split(std::string_view marked);
    void append_action(random_source& random, std::vector<token>& to) const;
    void append_thought(random_source& random, std::size_t count, std::vector<token>& to) const;

    std::vector<std::string> escaped_;
    std::map<std::string, token, std::less<>> known_; // only while it is made
    std::vector<std::vector<token>> sentences_;
    std::vector<std::vector<token>> actions_;
    std::vector<token> opening_;
    std::vector<token> turn_;
    token first_number_ = 0; // 0 to 999 follow one another
};

} // namespace aloft::sim
