#pragma once

#include <aloft/fields.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aloft {

/// The head of a message that is about to be sent. Lists fields where they lie, in the request and
/// in what is the same for all requests, and copies none: they must stay there until the message
/// was written. Used for one head after another.
class outgoing_head {
public:
    using field = fields::field;
    using const_iterator = const field*;

    outgoing_head() = default;
    outgoing_head(const outgoing_head&) = delete;
    outgoing_head& operator=(const outgoing_head&) = delete;

    /// The name is in lower case.
    void add(std::string_view name, std::string_view value)
    {
        if (count_ == room_) [[unlikely]]
            grow();
        begin_[count_++] = {name, value};
        bytes_ += name.size() + value.size();
    }
    void append(const fields& more)
    {
        for (const auto [name, value] : more)
            add(name, value);
    }
    /// Adds `content-length`, whose text is kept here.
    void add_length(std::uint64_t bytes)
    {
        const auto end = std::to_chars(length_.data(), length_.data() + length_.size(), bytes).ptr;
        add("content-length", {length_.data(), static_cast<std::size_t>(end - length_.data())});
    }
    void clear() noexcept
    {
        count_ = bytes_ = 0;
        sound_ = false;
    }
    /// Every field is one that a request may carry, so that none needs to be looked at again.
    void vouch() noexcept { sound_ = true; }
    [[nodiscard]] bool vouched() const noexcept { return sound_; }

    [[nodiscard]] const_iterator begin() const noexcept { return begin_; }
    [[nodiscard]] const_iterator end() const noexcept { return begin_ + count_; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// What names and values take together.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept
    {
        for (const auto& each : *this) {
            if (each.name == name)
                return each.value;
        }
        return std::nullopt;
    }
    [[nodiscard]] fields copy() const
    {
        fields all;
        for (const auto& [name, value] : *this)
            all.add_lowered(name, value);
        return all;
    }

private:
    void grow();

    static constexpr std::size_t usual = 16;

    std::vector<field> list_ = std::vector<field>(usual); // filled as far as count_
    field* begin_ = list_.data();
    std::size_t room_ = usual;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    bool sound_ = false;
    std::array<char, 20> length_{};
};

} // namespace aloft
