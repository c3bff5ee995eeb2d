#include <aloft/trace_context.hpp>

#include <charconv>
#include <cstddef>
#include <random>

namespace aloft {
namespace {

// "00-" trace "-" span "-" flags; a later version may go on after a "-".
constexpr std::size_t whole = 55;
constexpr std::uint8_t known_flags = 0x01; // sampled; the others are to be sent as 0

/// Lower-case digits only, as 3.2.2 has it.
template <class Number>
bool read(std::string_view digits, Number& into)
{
    if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return false;
    const auto* end = digits.data() + digits.size();
    return std::from_chars(digits.data(), end, into, 16).ptr == end;
}

void write(std::string& to, std::uint64_t number, std::size_t digits)
{
    constexpr std::string_view hex = "0123456789abcdef";
    for (auto left = digits; left != 0; --left)
        to.push_back(hex[(number >> (4 * (left - 1))) & 0xf]);
}

std::uint64_t random_but_zero()
{
    // Not a generator that is seeded once: processes that were forked would share their spans.
    thread_local std::random_device random;
    std::uint64_t made = 0;
    while (made == 0)
        made = std::uint64_t{random()} << 32 | random();
    return made;
}

} // namespace

trace_context trace_context::root(bool sampled)
{
    trace_context made;
    made.trace_ = {random_but_zero(), random_but_zero()};
    made.span_ = random_but_zero();
    made.flags_ = sampled ? 1 : 0;
    return made;
}

std::optional<trace_context> trace_context::parse(std::string_view text)
{
    if (text.size() < whole || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    std::uint8_t version = 0;
    trace_context found;
    const bool readable =
        read(text.substr(0, 2), version) && read(text.substr(3, 16), found.trace_[0]) &&
        read(text.substr(19, 16), found.trace_[1]) && read(text.substr(36, 16), found.span_) &&
        read(text.substr(53, 2), found.flags_);
    const bool goes_on = text.size() > whole;
    if (!readable || version == 0xff || (goes_on && (version == 0 || text[whole] != '-')))
        return std::nullopt;
    if (found.span_ == 0 || (found.trace_[0] == 0 && found.trace_[1] == 0))
        return std::nullopt;
    found.flags_ &= known_flags;
    return found;
}

trace_context trace_context::child() const
{
    auto made = *this;
    if (!empty())
        made.span_ = random_but_zero();
    return made;
}

std::string trace_context::trace_id() const
{
    std::string text;
    write(text, trace_[0], 16);
    write(text, trace_[1], 16);
    return text;
}

std::string trace_context::span_id() const
{
    std::string text;
    write(text, span_, 16);
    return text;
}

std::string trace_context::to_string() const
{
    if (empty())
        return {};
    std::string text = "00-";
    text.reserve(whole);
    write(text, trace_[0], 16);
    write(text, trace_[1], 16);
    text.push_back('-');
    write(text, span_, 16);
    text.push_back('-');
    write(text, flags_, 2);
    return text;
}

} // namespace aloft
