#pragma once

#include <aloft/detail/waiter.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/set.hpp>
#include <boost/intrusive/set_hook.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aloft::policy {

class fair_flow;

/// One who waits in a fair queue.
class fair_entry : public boost::intrusive::list_base_hook<> {
public:
    fair_entry(detail::waiter& waits, std::uint32_t cost) noexcept :
        who(&waits), weight(cost == 0 ? 1 : cost)
    {
    }

    detail::waiter* who;
    std::uint32_t weight; ///< how much its turn costs
    std::int64_t since = 0; ///< when it began to wait, for whoever reports that

private:
    friend class fair_queue;
    fair_flow* flow_ = nullptr; // null: it is served before all flows
};

using fair_entries = boost::intrusive::list<fair_entry>;

/// Those of one key, first in, first out.
class fair_flow : public boost::intrusive::set_base_hook<> {
public:
    std::string_view key;
    fair_entries waiting; // counts them
    std::uint64_t start = 0; // the virtual time of its next turn
    std::uint32_t share = 1;
};

/// Who is next among many keys: start-time fair queueing (Goyal, Vin, Cheng, 1996). Each turn moves
/// its key on by weight / share of virtual time, and the key furthest behind is next; so a key that
/// comes to a long queue of another waits for one turn and not for the queue. A key nobody waits
/// with keeps its debt until the others have caught up. Joining and being served cost the logarithm
/// of the number of keys, giving up is O(1).
class fair_queue {
public:
    /// One turn of weight 1 and share 1, in virtual time.
    static constexpr std::uint64_t turn = std::uint64_t{1} << 16;
    /// Keys in debt that are remembered though nobody waits with them.
    static constexpr std::size_t remembered = 4096;

    fair_queue() = default;
    fair_queue(const fair_queue&) = delete;
    fair_queue& operator=(const fair_queue&) = delete;
    ~fair_queue();

    void push(fair_entry& e, std::string_view key, std::uint32_t share);
    /// Before all others; costs its key nothing.
    void push_first(fair_entry& e);
    /// Whose turn it is; null when nobody waits.
    [[nodiscard]] fair_entry* next() noexcept;
    /// Takes out whose turn it is, and charges its key.
    void pop() noexcept;
    /// Gives up waiting.
    void erase(fair_entry& e) noexcept;

    /// The last one of the key that has most waiting for its share; null where that is no more than
    /// `others` would be with one more.
    [[nodiscard]] fair_entry* last_of_longest(std::size_t others, std::uint32_t share) noexcept;
    [[nodiscard]] std::size_t waiting_with(std::string_view key) const;
    /// The one who waits longest; null when nobody waits. Looks at every key.
    [[nodiscard]] const fair_entry* oldest() const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t keys() const noexcept { return flows_.size(); }
    [[nodiscard]] std::uint64_t virtual_time() const noexcept { return now_; }
    /// Virtual time of the next turn; only while somebody waits.
    [[nodiscard]] std::uint64_t next_start() const noexcept
    {
        return first_.empty() ? active_.begin()->start : 0;
    }
    /// Somebody outside had a turn at this virtual time.
    void advance(std::uint64_t to) noexcept;
    /// Nobody waits anywhere, so nobody owes anything. Only while empty.
    void forget_debts() noexcept;

private:
    struct by_start {
        using type = std::uint64_t;
        type operator()(const fair_flow& f) const noexcept { return f.start; }
    };
    // Equal ones stay in order of insertion, which makes equal keys take turns.
    using flow_set = boost::intrusive::multiset<fair_flow, boost::intrusive::key_of_value<by_start>,
                                                boost::intrusive::constant_time_size<true>>;
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept
        {
            return std::hash<std::string_view>()(key);
        }
    };

    fair_flow& flow_of(std::string_view key);
    void rest(fair_flow& f) noexcept;
    void forget(fair_flow& f) noexcept;

    std::unordered_map<std::string, std::unique_ptr<fair_flow>, hash, std::equal_to<>> flows_;
    flow_set active_; // somebody waits
    flow_set idle_; // nobody waits, but it has had more than its share
    fair_entries first_;
    std::size_t size_ = 0;
    std::uint64_t now_ = 0;
};

} // namespace aloft::policy
