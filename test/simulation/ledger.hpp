#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aloft::test {

/// A promise that was broken; ends the simulation.
class broken_promise : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

inline void promise(bool kept, std::string_view what)
{
    if (!kept)
        throw broken_promise(std::string(what));
}

/// What callers asked for and servers did, request by request, so that nothing is lost, doubled or
/// mixed up unseen.
class ledger {
public:
    using request_id = std::uint64_t;

    class entry {
    public:
        bool idempotent = false;
        unsigned processed = 0; ///< times a server acted on it
        unsigned ended = 0; ///< times its caller was told how it ended
        bool disclaimed = false; ///< its caller was told that no server processed it
        std::vector<std::uint64_t> lengths; ///< of the bodies that servers ended well
        bool garbled = false; ///< its connection carried nonsense, which may stand in its body
    };

    request_id open(bool idempotent)
    {
        entries_[++last_].idempotent = idempotent;
        return last_;
    }
    entry& at(request_id id) { return entries_.at(id); }

    /// A server acts on it. `stale_replays`: how often HTTP/1.1 may send again what a reused
    /// connection closed upon without an answer.
    void process(request_id id, unsigned stale_replays)
    {
        auto& request = entries_.at(id);
        ++request.processed;
        promise(!request.disclaimed,
                "a request was processed, and its failure says that it was not");
        promise(request.idempotent || request.processed <= 1 + stale_replays,
                "a request that is not idempotent was processed twice");
    }

    /// Whether a server ended a body of `id` after `length` bytes, as far as that can be told.
    bool ended_at(request_id id, std::uint64_t length)
    {
        const auto& request = entries_.at(id);
        const auto& all = request.lengths;
        return request.garbled || std::find(all.begin(), all.end(), length) != all.end();
    }

    /// Byte `at` of the body that answers `id`.
    static char byte(request_id id, std::uint64_t at) noexcept
    {
        return static_cast<char>('a' + (id * 7 + at) % 26);
    }
    static std::string bytes(request_id id, std::uint64_t from, std::size_t count)
    {
        std::string out(count, '\0');
        for (std::size_t i = 0; i != count; ++i)
            out[i] = byte(id, from + i);
        return out;
    }
    /// Whether `bytes` are those of that body from `from` on, as far as that can be told.
    bool holds(request_id id, std::uint64_t from, std::string_view bytes)
    {
        if (entries_.at(id).garbled)
            return true;
        for (std::size_t i = 0; i != bytes.size(); ++i) {
            if (bytes[i] != byte(id, from + i))
                return false;
        }
        return true;
    }

    auto begin() const noexcept { return entries_.begin(); }
    auto end() const noexcept { return entries_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    std::unordered_map<request_id, entry> entries_;
    request_id last_ = 0;
};

} // namespace aloft::test
