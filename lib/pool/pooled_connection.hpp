#pragma once

#include "base/timer_wheel.hpp"
#include "connection/connection.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace aloft::pool {

class origin_pool;

/// A connection as its pool keeps it: with the slots promised to requests that have not become
/// streams yet.
class pooled_connection final : public connection_observer,
                                public boost::intrusive::list_base_hook<
                                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// Which requests it may take.
    enum class room {
        none, ///< full, or it takes no new streams
        spare, ///< filled to the target, with streams left: used when no connection may be opened
        target, ///< below the target
    };

    /// `http2`: it carries many streams.
    pooled_connection(origin_pool& pool, bool http2);
    pooled_connection(const pooled_connection&) = delete;
    pooled_connection& operator=(const pooled_connection&) = delete;

    [[nodiscard]] room measure(std::size_t target) const;
    /// Slots below the target that the peer's SETTINGS are expected to bring.
    [[nodiscard]] std::size_t coming(std::size_t target) const;
    [[nodiscard]] bool idle() const { return reserved == 0 && connection->carried().active() == 0; }

    void slots_changed(aloft::connection&) override;
    void ended(aloft::connection&, error_code why) override;

    const bool multiplexed;
    std::shared_ptr<aloft::connection> connection;
    std::size_t reserved = 0;
    std::size_t open = 0; ///< exchanges of ours; what else is active was reset and keeps its slot
    bool unused = true; ///< it has carried no exchange of ours
    bool retired = false; ///< seen to take no new exchange any more
    bool refused = false; ///< it refused a stream, and completed none since
    bool doubted = false; ///< its peer does not answer
    bool aged = false; ///< it leaves when its successor is there
    room listed = room::none;
    std::optional<std::size_t> peer_limit; ///< as the pool has learned it

private:
    friend class origin_pool;

    class timer : public timer_entry {
    public:
        timer(pooled_connection& c, callback expired) : timer_entry(expired), owner(c) {}
        pooled_connection& owner;
    };

    origin_pool& pool_;
    timer idle_;
    timer age_;
};

using connection_list =
    boost::intrusive::list<pooled_connection, boost::intrusive::constant_time_size<false>>;

} // namespace aloft::pool
