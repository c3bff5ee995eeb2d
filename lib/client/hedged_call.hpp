#pragma once

#include "base/timer_service.hpp"
#include "client/call.hpp"
#include "policy/hedging.hpp"

#include <aloft/body.hpp>
#include <aloft/detail/waiter.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace aloft::detail {

/// One logical request that may be sent twice: when its answer is late, a second call is made of
/// it, and the one that is answered first is taken. The other is cancelled on the wire. A failure
/// counts once neither can be answered any more, and is then that of the first.
class hedged_call {
public:
    /// \param size   of the request, bytes; what is late depends on it
    /// \param rules  of all requests of a client
    hedged_call(call_handle first, std::size_t size, std::shared_ptr<policy::hedging> rules);
    ~hedged_call();
    hedged_call(const hedged_call&) = delete;
    hedged_call& operator=(const hedged_call&) = delete;

    /// As call::start().
    bool start(waiter& user, error_code& ec);
    /// As call::cancelled_by().
    void cancel();
    [[nodiscard]] pending_list& pending() noexcept;
    /// The call that was answered, or failed last; once whoever started it was resumed.
    [[nodiscard]] call_handle take();

private:
    class racer : public waiter {
    public:
        explicit racer(hedged_call& in) : waiter(&racer::resumed), owner(in) {}
        static void resumed(waiter& self, error_code ec, delivery how)
        {
            auto& one = static_cast<racer&>(self);
            one.owner.ended(one, ec, how);
        }
        hedged_call& owner;
        call_handle carried;
        std::optional<error_code> outcome; // once it is over
    };

    class alarm : public timer_entry {
    public:
        explicit alarm(hedged_call& in) : timer_entry(&expired), owner(in) {}
        hedged_call& owner;
        static void expired(timer_entry& e) { static_cast<alarm&>(e).owner.late(); }
    };

    void late();
    void send_hedge();
    void ended(racer& one, error_code ec, delivery how);
    void answered(racer& winner);
    void drop(racer& loser);
    void learn(const racer& from);

    client_core& core_;
    std::shared_ptr<policy::hedging> hedging_;
    racer first_{*this};
    racer second_{*this};
    alarm alarm_{*this};
    waiter* user_ = nullptr;
    std::size_t size_;
    tick delay_ = 0;
    bool second_won_ = false;
};

} // namespace aloft::detail
