#pragma once

#include "base/exchange.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>

namespace aloft::http2 {

/// The exchanges a session carries: those waiting for the next produce() to become streams, and
/// those that are streams. Knows no frames.
class streams {
public:
    /// `e` waits to become a stream.
    void wait(exchange& e) noexcept;
    /// `e` is a stream.
    void open(exchange& e) noexcept;
    /// The one that waits longest; it must exist. It is a stream from now on.
    exchange& open_next() noexcept;
    void remove(exchange& e) noexcept;

    [[nodiscard]] bool any_waiting() const noexcept { return !waiting_.empty(); }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// The stream holding the most unread bytes, or null when there is none.
    exchange* holding_most() noexcept;
    /// The one behind `count` waiting ones, or null.
    exchange* waiting_behind(std::size_t count) noexcept;
    /// The stream opened first of those above `id`, or null.
    exchange* first_above(std::int32_t id) noexcept;
    exchange* first_waiting() noexcept { return waiting_.empty() ? nullptr : &waiting_.front(); }
    exchange* first() noexcept { return open_.empty() ? first_waiting() : &open_.front(); }

    template <typename Visitor>
    void each_open(Visitor visit)
    {
        for (auto& e : open_)
            visit(e);
    }

private:
    using list = boost::intrusive::list<
        exchange,
        boost::intrusive::member_hook<exchange, exchange::carried_hook, &exchange::carried>,
        boost::intrusive::constant_time_size<false>>;

    list waiting_;
    list open_;
    std::size_t count_ = 0;
};

} // namespace aloft::http2
