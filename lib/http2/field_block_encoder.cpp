#include "http2/field_block_encoder.hpp"

#include "http2/nghttp2_setup.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace aloft::http2 {
namespace {

constexpr std::size_t largest_table = 4096; // nghttp2's own bound of what it sends, too
constexpr std::size_t most_shapes = 4;
constexpr std::size_t largest_shape = 4096; // bytes of names and values; larger heads are forgotten
constexpr std::uint8_t most_changes = 2; // a value seen to differ so often is taken to vary
constexpr std::size_t largest_length = 6; // bytes in which nghttp2, too, writes a string's length

/// Whether `size` bytes are the same, which is at least one Word and at most two.
template <typename Word>
bool same_words(const char* a, const char* b, std::size_t size) noexcept
{
    const auto differ = [](const char* left, const char* right) noexcept {
        Word l = 0;
        Word r = 0;
        std::memcpy(&l, left, sizeof l);
        std::memcpy(&r, right, sizeof r);
        return static_cast<Word>(l ^ r);
    };
    const auto last = size - sizeof(Word);
    return (differ(a, b) | differ(a + last, b + last)) == 0;
}

/// As memcmp, without its call: most names and values are short.
inline bool same(const char* a, const char* b, std::size_t size) noexcept
{
    if (size - 8 <= 8) // 8 to 16, which is the most frequent
        return same_words<std::uint64_t>(a, b, size);
    if (size - 4 < 4) // 4 to 7
        return same_words<std::uint32_t>(a, b, size);
    if (size < 4)
        return std::equal(a, a + size, b);
    if (size > 32)
        return std::memcmp(a, b, size) == 0;
    return same_words<std::uint64_t>(a, b, 16) &&
           same_words<std::uint64_t>(a + size - 16, b + size - 16, 16);
}

/// A string literal that is not Huffman-coded (RFC 7541, 5.2).
char* write_literal(char* to, std::string_view text) noexcept
{
    constexpr std::size_t prefix = 127;
    auto left = text.size();
    if (left < prefix) {
        *to++ = static_cast<char>(left);
    } else {
        *to++ = static_cast<char>(prefix);
        for (left -= prefix; left >= 128; left >>= 7)
            *to++ = static_cast<char>(0x80 | (left & 0x7f));
        *to++ = static_cast<char>(left);
    }
    return std::copy(text.begin(), text.end(), to);
}

} // namespace

void field_block_encoder::deleter::operator()(nghttp2_hd_deflater* deflater) const noexcept
{
    nghttp2_hd_deflate_del(deflater);
}

field_block_encoder::field_block_encoder()
{
    nghttp2_hd_deflater* made = nullptr;
    if (nghttp2_hd_deflate_new(&made, largest_table) != 0)
        throw std::bad_alloc();
    deflater_.reset(made);
}

void field_block_encoder::limit_table(std::uint32_t bytes)
{
    nghttp2_hd_deflate_change_table_size(deflater_.get(), bytes);
    update_due_ = true;
    ++generation_;
}

std::string_view field_block_encoder::encode(const outgoing_head& list)
{
    ++encoded_;
    auto* known = last_ < shapes_.size() ? &shapes_[last_] : nullptr;
    if ((known == nullptr || !matches(*known, list)) && (known = find(list)) == nullptr) {
        if (list.bytes() > largest_shape) {
            block_.clear();
            for (const auto& [name, value] : list)
                append(block_, name, value, NGHTTP2_NV_FLAG_NONE);
            return block_;
        }
        known = &learn(list);
    }
    known->used = encoded_;
    last_ = static_cast<std::size_t>(known - shapes_.data());
    if (known->generation != generation_)
        code(*known, list);
    return known->holes.empty() ? std::string_view(known->code) : filled(*known, list);
}

bool field_block_encoder::matches(const shape& known, const outgoing_head& list) noexcept
{
    if (known.pieces.size() != list.count())
        return false;
    const auto* text = known.text.data();
    const auto* field = list.begin();
    for (const auto& part : known.pieces) {
        const auto& [name, value] = *field++;
        if (part.name_size != name.size() || (part.value_size != value.size() && !part.varies))
            return false;
        if (!same(text, name.data(), part.name_size) ||
            !same(text + part.name_size, value.data(), part.value_size))
            return false;
        text += part.name_size + part.value_size;
    }
    return true;
}

field_block_encoder::shape* field_block_encoder::find(const outgoing_head& list) noexcept
{
    const auto found = std::find_if(shapes_.begin(), shapes_.end(),
                                    [&](const shape& known) { return matches(known, list); });
    return found == shapes_.end() ? nullptr : &*found;
}

/// The shape with the same names that differs in the fewest values, or null.
field_block_encoder::shape* field_block_encoder::nearest(const outgoing_head& list) noexcept
{
    shape* best = nullptr;
    auto fewest = std::numeric_limits<std::size_t>::max();
    for (auto& known : shapes_) {
        if (known.pieces.size() != list.count())
            continue;
        std::string_view text = known.text;
        std::size_t differ = 0;
        bool related = true;
        for (std::size_t i = 0; i < list.count() && related; ++i) {
            const auto& part = known.pieces[i];
            const auto& [name, value] = list.begin()[i];
            related = text.substr(0, part.name_size) == name;
            text.remove_prefix(part.name_size);
            differ += !part.varies && text.substr(0, part.value_size) != value;
            text.remove_prefix(part.value_size);
        }
        if (related && differ < fewest) {
            fewest = differ;
            best = &known;
        }
    }
    return best;
}

/// Remembers a head that is like none before. What differed from its likes for the last time that
/// is put down to chance makes their shape one in which that field varies.
field_block_encoder::shape& field_block_encoder::learn(const outgoing_head& list)
{
    auto* const like = nearest(list);
    std::string_view before = like != nullptr ? std::string_view(like->text) : std::string_view();
    bool more_general = false;
    shape made;
    made.text.reserve(list.bytes());
    made.pieces.reserve(list.count());
    for (const auto& [name, value] : list) {
        piece part;
        if (like != nullptr) {
            part = like->pieces[made.pieces.size()];
            before.remove_prefix(part.name_size);
            if (!part.varies && before.substr(0, part.value_size) != value &&
                ++part.changes == most_changes)
                part.varies = more_general = true;
            before.remove_prefix(part.value_size);
        }
        part.name_size = static_cast<std::uint32_t>(name.size());
        part.value_size = part.varies ? 0 : static_cast<std::uint32_t>(value.size());
        made.text.append(name).append(value, 0, part.value_size);
        made.pieces.push_back(part);
    }
    auto& place = more_general ? *like : slot();
    place = std::move(made);
    return place;
}

field_block_encoder::shape& field_block_encoder::slot()
{
    if (shapes_.size() < most_shapes)
        return shapes_.emplace_back();
    return *std::min_element(shapes_.begin(), shapes_.end(),
                             [](const shape& a, const shape& b) { return a.used < b.used; });
}

void field_block_encoder::code(shape& of, const outgoing_head& list)
{
    const auto before = generation_;
    of.code.clear();
    of.holes.clear();
    for (std::size_t i = 0; i < list.count(); ++i) {
        const auto& [name, value] = list.begin()[i];
        if (of.pieces[i].varies) {
            append(of.code, name, "", NGHTTP2_NV_FLAG_NO_INDEX);
            of.code.pop_back(); // the length of the empty value
            of.holes.push_back({i, of.code.size()});
        } else {
            append(of.code, name, value, NGHTTP2_NV_FLAG_NONE);
        }
    }
    // A block that inserted something is sent once: next time, it holds indices.
    of.generation = generation_ == before ? before : 0;
}

/// The code of a shape with the values that vary in `list`.
std::string_view field_block_encoder::filled(const shape& known, const outgoing_head& list)
{
    auto most = known.code.size();
    for (const auto& gap : known.holes)
        most += largest_length + list.begin()[gap.field].value.size();
    if (block_.size() < most)
        block_.resize(most);
    const auto* from = known.code.data();
    auto* to = block_.data();
    for (const auto& gap : known.holes) {
        to = std::copy(from, known.code.data() + gap.at, to);
        from = known.code.data() + gap.at;
        to = write_literal(to, list.begin()[gap.field].value);
    }
    to = std::copy(from, known.code.data() + known.code.size(), to);
    return {block_.data(), static_cast<std::size_t>(to - block_.data())};
}

void field_block_encoder::append(std::string& to, std::string_view name, std::string_view value,
                                 std::uint8_t flags)
{
    const auto field = as_nv({name, value}, flags);
    const auto at = to.size();
    const auto most = nghttp2_hd_deflate_bound(deflater_.get(), &field, 1);
    to.resize(at + most);
    auto* const coded = reinterpret_cast<std::uint8_t*>(to.data() + at);
    const auto size = nghttp2_hd_deflate_hd(deflater_.get(), coded, most, &field, 1);
    if (size < 0)
        throw std::bad_alloc(); // the only way it fails
    to.resize(at + static_cast<std::size_t>(size));
    // RFC 7541, 6.2.1: "01" is what inserts. Behind a table size update it is not looked for.
    if (std::exchange(update_due_, false) || (*coded & 0xc0) == 0x40)
        ++generation_;
}

} // namespace aloft::http2
