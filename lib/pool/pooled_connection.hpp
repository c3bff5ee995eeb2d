#pragma once

#include "base/timer_wheel.hpp"
#include "connection/connection.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <memory>

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

    explicit pooled_connection(origin_pool& pool);
    pooled_connection(const pooled_connection&) = delete;
    pooled_connection& operator=(const pooled_connection&) = delete;

    [[nodiscard]] room measure(std::size_t target) const;
    /// Slots below the target that the peer's SETTINGS are expected to bring.
    [[nodiscard]] std::size_t coming(std::size_t target) const;
    [[nodiscard]] bool idle() const { return reserved == 0 && connection->carried().active() == 0; }

    void slots_changed(aloft::connection&) override;
    void ended(aloft::connection&, error_code why) override;

    std::shared_ptr<aloft::connection> connection;
    std::size_t reserved = 0;
    std::size_t open = 0; ///< exchanges of ours; what else is active was reset and keeps its slot
    bool retired = false; ///< seen to take no new exchange any more
    room listed = room::none;

private:
    friend class origin_pool;
    static void idle_expired(timer_entry&);

    class idle_timer : public timer_entry {
    public:
        using timer_entry::timer_entry;
        pooled_connection* owner = nullptr;
    };

    origin_pool& pool_;
    idle_timer idle_;
};

using connection_list =
    boost::intrusive::list<pooled_connection, boost::intrusive::constant_time_size<false>>;

} // namespace aloft::pool
