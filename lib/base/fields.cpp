#include "base/field_rules.hpp"

#include <aloft/fields.hpp>

#include <algorithm>
#include <span>

namespace aloft {

// Returns the name as it now is.
std::string_view fields::append_lowered(std::string_view name, std::string_view value)
{
    const auto at = packed_.size() + sizeof(lengths);
    add_lowered(name, value);
    const auto lowered = std::span(packed_).subspan(at, name.size());
    for (char& c : lowered)
        c = static_cast<char>(c | (static_cast<unsigned char>(c - 'A') < 26U ? 0x20 : 0));
    return {lowered.data(), lowered.size()};
}

void fields::add(std::string_view name, std::string_view value)
{
    const bool sound = sound_ && is_token(name) && is_field_value(value);
    const auto lowered = append_lowered(name, value);
    sound_ = sound && !is_connection_field(lowered);
}

void fields::add_received(std::string_view name, std::string_view value)
{
    append_lowered(name, value);
}

void fields::add_lowered(std::string_view name, std::string_view value)
{
    const lengths size{static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())};
    const auto at = packed_.size();
    packed_.resize(at + sizeof size + name.size() + value.size());
    char* to = packed_.data() + at;
    std::memcpy(to, &size, sizeof size);
    to = std::copy(name.begin(), name.end(), to + sizeof size);
    std::copy(value.begin(), value.end(), to);
    sound_ = false;
}

void fields::set(std::string_view name, std::string_view value)
{
    erase(name);
    add(name, value);
}

std::size_t fields::erase(std::string_view name)
{
    std::size_t removed = 0;
    for (std::size_t at = 0; at < packed_.size();) {
        const auto size = lengths_at(packed_.data() + at);
        const std::size_t record = sizeof size + size.name + size.value;
        if (std::string_view(packed_).substr(at + sizeof size, size.name) == name) {
            packed_.erase(at, record);
            ++removed;
        } else {
            at += record;
        }
    }
    return removed;
}

std::optional<std::string_view> fields::get(std::string_view name) const noexcept
{
    for (const auto [field_name, value] : *this) {
        if (field_name == name)
            return value;
    }
    return std::nullopt;
}

std::size_t fields::count() const noexcept
{
    std::size_t n = 0;
    for (auto at = begin(); at != end(); ++at)
        ++n;
    return n;
}

std::size_t fields::list_size() const noexcept
{
    std::size_t total = 0;
    for (const auto [name, value] : *this)
        total += name.size() + value.size() + 32;
    return total;
}

} // namespace aloft
