#pragma once

#include "base/timer_wheel.hpp"
#include "net/connector.hpp"
#include "pool/origin_pool.hpp"

namespace aloft::pool {

/// One connection being opened, within the connect deadline. It belongs to the pool, not to a
/// request: whoever waits longest when it is there gets its first slot.
class origin_pool::dial final : private net::dial_completion {
public:
    explicit dial(origin_pool& pool);
    /// Withdraws it.
    ~dial();
    dial(const dial&) = delete;
    dial& operator=(const dial&) = delete;

    void start(const net::endpoint_key& key);
    /// What its deadline would end it with now.
    dial_failure reached() const;

private:
    class deadline : public timer_entry {
    public:
        using timer_entry::timer_entry;
        dial* owner = nullptr;
    };

    void dialed(net::dial_result result) override;
    void expired();
    void end(dial_failure why);
    /// Takes itself off the pool's list, which destroys it.
    origin_pool& leave();

    origin_pool& pool_;
    deadline deadline_;
    tick started_ = 0;
    bool under_way_ = false;
};

} // namespace aloft::pool
