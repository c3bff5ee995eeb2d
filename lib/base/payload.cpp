#include <aloft/payload.hpp>

#include <algorithm>
#include <utility>

namespace aloft {
namespace {

bool has_bytes(const payload::segment& bytes) noexcept
{
    return bytes && !bytes->empty();
}

} // namespace

payload::payload(std::string bytes)
{
    append(std::move(bytes));
}

payload::payload(std::vector<segment> segments)
{
    std::erase_if(segments, [](const segment& bytes) { return !has_bytes(bytes); });
    if (segments.empty())
        return;
    for (const segment& bytes : segments)
        size_ += bytes->size();
    first_ = std::move(segments.front());
    segments.erase(segments.begin());
    if (!segments.empty())
        rest_ = std::make_shared<const std::vector<segment>>(std::move(segments));
}

payload& payload::append(std::string bytes)
{
    if (bytes.empty())
        return *this;
    return append(std::make_shared<const std::string>(std::move(bytes)));
}

payload& payload::append(segment bytes)
{
    if (!has_bytes(bytes))
        return *this;
    const std::size_t added = bytes->size();
    if (!first_) {
        first_ = std::move(bytes);
    } else {
        // A list of its own: copies made earlier, perhaps on other threads, hold the old one.
        auto list = std::make_shared<std::vector<segment>>();
        list->reserve(segment_count());
        if (rest_)
            list->assign(rest_->begin(), rest_->end());
        list->push_back(std::move(bytes));
        rest_ = std::move(list);
    }
    size_ += added;
    return *this;
}

std::string payload::flatten() const
{
    std::string all;
    all.reserve(size_);
    for (std::string_view bytes : *this)
        all += bytes;
    return all;
}

std::size_t payload::copy_to(std::size_t offset, std::span<char> out) const noexcept
{
    std::size_t copied = 0;
    for (std::string_view bytes : *this) {
        if (copied == out.size())
            break;
        if (offset >= bytes.size()) {
            offset -= bytes.size();
            continue;
        }
        copied += bytes.copy(out.data() + copied, out.size() - copied, offset);
        offset = 0;
    }
    return copied;
}

} // namespace aloft
