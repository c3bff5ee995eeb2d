#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aloft {

/// Bytes to send: an immutable run of shared segments.
///
/// Copies share the segments, so that attempts and requests can carry the same large part (an
/// encoded screenshot) without copying it. An empty payload owns no memory, and one of a single
/// segment no list. Copies may be used from different threads; one object may not.
class payload {
public:
    /// A shared, immutable piece of bytes.
    using segment = std::shared_ptr<const std::string>;
    class iterator;

    payload() noexcept = default;
    /// One segment holding `bytes`.
    explicit payload(std::string bytes);
    /// The segments in their order; null and empty ones are left out.
    explicit payload(std::vector<segment> segments);

    /// Appends `bytes` as a segment of its own. Copies made earlier do not change.
    payload& append(std::string bytes);
    /// Appends a segment shared with others. Null and empty segments are left out.
    payload& append(segment bytes);

    /// Bytes in all segments.
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /// How many segments `begin()` to `end()` yields.
    std::size_t segment_count() const noexcept
    {
        return (first_ ? 1 : 0) + (rest_ ? rest_->size() : 0);
    }

    /// The segments as `std::string_view`, none of them empty.
    iterator begin() const noexcept;
    iterator end() const noexcept;

    /// All bytes in one string.
    std::string flatten() const;
    /// Copies bytes from `offset` on into `out`; says how many, less than asked only at the end.
    std::size_t copy_to(std::size_t offset, std::span<char> out) const noexcept;

private:
    std::string_view segment_at(std::size_t index) const noexcept
    {
        return index == 0 ? *first_ : *(*rest_)[index - 1];
    }

    segment first_;
    std::shared_ptr<const std::vector<segment>> rest_;
    std::size_t size_ = 0;
};

/// Walks over the segments of a payload, which must outlive it.
class payload::iterator {
public:
    using value_type = std::string_view;
    using reference = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;

    iterator() noexcept = default;
    std::string_view operator*() const noexcept { return whole_->segment_at(index_); }
    iterator& operator++() noexcept
    {
        ++index_;
        return *this;
    }
    iterator operator++(int) noexcept
    {
        iterator before = *this;
        ++index_;
        return before;
    }
    bool operator==(const iterator&) const noexcept = default;

private:
    friend class payload;
    iterator(const payload& whole, std::size_t index) noexcept : whole_(&whole), index_(index) {}

    const payload* whole_ = nullptr;
    std::size_t index_ = 0;
};

inline payload::iterator payload::begin() const noexcept
{
    return {*this, 0};
}

inline payload::iterator payload::end() const noexcept
{
    return {*this, segment_count()};
}

} // namespace aloft
