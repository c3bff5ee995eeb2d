#include "chat/chunk_shape.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace aloft::chat {
namespace {

constexpr std::size_t no_text = SIZE_MAX;

#ifdef __SSE2__
// The length of a string's content up to its closing quote, where it has no escapes and is UTF-8;
// else no_text.
std::size_t text_length(const char* from, std::size_t most) noexcept
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    unsigned above_ascii = 0;
    for (std::size_t at = 0; at < most; at += 16) {
        __m128i block;
        std::memcpy(&block, from + at, sizeof block);
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
        const __m128i special = _mm_or_si128(
            control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        const auto specials = static_cast<unsigned>(_mm_movemask_epi8(special));
        const auto high = static_cast<unsigned>(_mm_movemask_epi8(block));
        if (specials == 0) {
            above_ascii |= high;
            continue;
        }
        above_ascii |=
            high & ((specials & -specials) - 1); // those in front of the first special byte
        const std::size_t length = at + static_cast<unsigned>(std::countr_zero(specials));
        if (length >= most || from[length] != '"')
            return no_text;
        return above_ascii == 0 || simdjson::validate_utf8(from, length) ? length : no_text;
    }
    return no_text;
}

std::size_t digits_length(const char* from, std::size_t most) noexcept
{
    constexpr std::size_t max_digits = 15; // none of them is missed in a block
    __m128i block;
    std::memcpy(&block, from, sizeof block);
    const __m128i value = _mm_sub_epi8(block, _mm_set1_epi8('0'));
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    const auto others = ~static_cast<unsigned>(_mm_movemask_epi8(is_digit));
    const auto length = static_cast<std::size_t>(std::countr_zero(others));
    return length != 0 && length <= std::min(most, max_digits) && *from != '0' ? length : no_text;
}
#else
std::size_t text_length(const char* from, std::size_t most) noexcept
{
    for (std::size_t length = 0; length < most; ++length) {
        const auto byte = static_cast<unsigned char>(from[length]);
        if (byte == '"')
            return simdjson::validate_utf8(from, length) ? length : no_text;
        if (byte < 0x20 || byte == '\\')
            return no_text;
    }
    return no_text;
}

std::size_t digits_length(const char* from, std::size_t most) noexcept
{
    constexpr std::size_t max_digits = 15;
    std::size_t length = 0;
    while (length < most && from[length] >= '0' && from[length] <= '9')
        ++length;
    return length != 0 && length <= max_digits && *from != '0' ? length : no_text;
}
#endif

} // namespace

struct chunk_shape::place {
    member into = nullptr;
    std::string_view text;
    bool varies = false;
    content what = content::text;
};

bool chunk_shape::learn(std::string_view data, const delta& from)
{
    if (data.size() > max_size || !from.tool_calls.empty() || from.usage != nullptr)
        return false;
    const bool is_number =
        !from.created_.empty() &&
        digits_length(from.created_.data(), from.created_.size()) == from.created_.size();
    std::array places{
        place{&delta::id, from.id, true},
        place{&delta::created_, from.created_, is_number, content::digits},
        place{&delta::content, from.content, true},
        // Empty, it may have to give way to the other name of the field.
        place{&delta::reasoning, from.reasoning, true, content::text_not_empty},
        place{&delta::model, from.model},
        place{&delta::role, from.role},
        place{&delta::refusal, from.refusal},
        place{&delta::finish_reason, from.finish_reason},
    };
    const std::less<const char*> before;
    std::ranges::sort(places, before, [](const place& each) { return each.text.data(); });

    common_.clear();
    sample_ = delta();
    sample_.index = from.index;
    sample_.has_choice = from.has_choice;
    variable_count_ = constant_count_ = 0;
    const char* copied = data.data();
    for (const place& each : places) {
        const std::string_view text = each.text;
        if (text.data() == nullptr)
            continue;
        if (before(text.data(), copied) ||
            before(data.data() + data.size(), text.data() + text.size()))
            return false;
        if (each.varies) {
            common_.append(copied, text.data());
            variables_[variable_count_].into = each.into;
            variables_[variable_count_].what = each.what;
            variables_[variable_count_].before = static_cast<std::uint16_t>(common_.size());
            ++variable_count_;
            copied = text.data() + text.size();
        } else {
            constant& one = constants_[constant_count_++];
            one.into = each.into;
            one.part = variable_count_;
            one.at = static_cast<std::uint16_t>(common_.size() +
                                                static_cast<std::size_t>(text.data() - copied));
            one.size = static_cast<std::uint16_t>(text.size());
        }
    }
    common_.append(copied, data.data() + data.size());
    return variable_count_ != 0;
}

bool chunk_shape::read(std::string_view data, delta& to) const noexcept
{
    std::array<std::ptrdiff_t, max_variables + 1>
        moved{}; // how far each common part lies from its place in common_
    const char* at = data.data();
    const char* const end = at + data.size();
    std::size_t compared = 0;
    const auto left = [&] { return static_cast<std::size_t>(end - at); };
    to = sample_;
    for (std::size_t each = 0; each != variable_count_; ++each) {
        const variable& one = variables_[each];
        const std::size_t size = one.before - compared;
        if (left() < size || std::memcmp(at, common_.data() + compared, size) != 0)
            return false;
        moved[each] = (at - data.data()) - static_cast<std::ptrdiff_t>(compared);
        at += size;
        compared = one.before;
        const std::size_t length =
            one.what == content::digits ? digits_length(at, left()) : text_length(at, left());
        if (length == no_text || (length == 0 && one.what == content::text_not_empty))
            return false;
        to.*one.into = {at, length};
        at += length;
    }
    moved[variable_count_] = (at - data.data()) - static_cast<std::ptrdiff_t>(compared);
    if (left() != common_.size() - compared ||
        std::memcmp(at, common_.data() + compared, left()) != 0)
        return false;
    for (std::size_t each = 0; each != constant_count_; ++each) {
        const constant& one = constants_[each];
        to.*one.into = data.substr(static_cast<std::size_t>(one.at + moved[one.part]), one.size);
    }
    return true;
}

} // namespace aloft::chat
