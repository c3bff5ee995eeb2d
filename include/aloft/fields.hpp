#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace aloft {

/// An ordered list of header or trailer fields. Names are kept in lower case (RFC 9113, 8.2);
/// several fields may share a name. All fields lie in one buffer, so that a head costs one
/// allocation and a copy is one memcpy. Views handed out are valid until the list is changed.
class fields {
public:
    struct field {
        std::string_view name;
        std::string_view value;
    };

    class const_iterator {
    public:
        using value_type = field;
        using difference_type = std::ptrdiff_t;

        const_iterator() = default;
        field operator*() const noexcept;
        const_iterator& operator++() noexcept;
        const_iterator operator++(int) noexcept
        {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const const_iterator&) const = default;

    private:
        friend class fields;
        explicit const_iterator(const char* at) noexcept : at_(at) {}
        const char* at_ = nullptr;
    };

    /// Appends a field; the name is lowered. Neither is checked here: a request is validated when
    /// it is sent. Neither may be a view of this same list, here and below.
    void add(std::string_view name, std::string_view value);
    /// As add(), for a name known to have no upper-case letter.
    void add_lowered(std::string_view name, std::string_view value);
    /// As add(), for a field that was received: it is not asked whether a request may carry it.
    void add_received(std::string_view name, std::string_view value);
    /// Removes every field of that name, then appends.
    void set(std::string_view name, std::string_view value);
    /// Removes every field of that name; returns how many there were.
    std::size_t erase(std::string_view name);
    /// Appends all of `other`.
    void append(const fields& other)
    {
        packed_.append(other.packed_);
        sound_ = sound_ && other.sound_;
    }

    /// The first value of that name (lower case), if any.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
    [[nodiscard]] bool contains(std::string_view name) const noexcept
    {
        return get(name).has_value();
    }

    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(packed_.data()); }
    [[nodiscard]] const_iterator end() const noexcept
    {
        return const_iterator(packed_.data() + packed_.size());
    }
    [[nodiscard]] bool empty() const noexcept { return packed_.empty(); }
    [[nodiscard]] std::size_t count() const noexcept;
    /// Size as RFC 9113, 6.5.2 counts it: names, values and 32 bytes for each field.
    [[nodiscard]] std::size_t list_size() const noexcept;
    /// What they take of memory, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return packed_.size(); }
    /// Every field came through add() or set() and is one that a request may carry. False says
    /// nothing.
    [[nodiscard]] bool known_sound() const noexcept { return sound_; }
    void clear() noexcept
    {
        packed_.clear();
        sound_ = true;
    }
    void reserve(std::size_t bytes) { packed_.reserve(bytes); }
    void shrink_to_fit() { packed_.shrink_to_fit(); }

private:
    std::string_view append_lowered(std::string_view name, std::string_view value);

    struct lengths {
        std::uint32_t name;
        std::uint32_t value;
    };
    static lengths lengths_at(const char* at) noexcept
    {
        lengths found;
        std::memcpy(&found, at, sizeof found);
        return found;
    }

    std::string packed_; // records of {lengths, name, value}
    bool sound_ = true;
};

inline fields::field fields::const_iterator::operator*() const noexcept
{
    const auto size = lengths_at(at_);
    const char* name = at_ + sizeof size;
    return {{name, size.name}, {name + size.name, size.value}};
}

inline fields::const_iterator& fields::const_iterator::operator++() noexcept
{
    const auto size = lengths_at(at_);
    at_ += sizeof size + size.name + size.value;
    return *this;
}

} // namespace aloft
