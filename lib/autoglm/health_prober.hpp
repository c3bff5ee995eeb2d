#pragma once

#include "autoglm/server_list.hpp"
#include "base/timer_service.hpp"
#include "client/client_core.hpp"

#include <aloft/detail/waiter.hpp>
#include <aloft/health_check.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

namespace aloft::autoglm::detail {

/// Asks the health endpoints of a client's servers when their balancer wants that. Does so over
/// connections of its own, so that no question waits for a request's permit or stream, nor counts
/// as a request; they end with the client.
class health_prober final : private aloft::detail::close_listener {
public:
    health_prober(aloft::detail::client_core& of, std::shared_ptr<const server_list> servers,
                  const health_check& rules);
    ~health_prober();

    /// A request is about to be sent.
    void used();

private:
    class question : public aloft::detail::waiter {
    public:
        question(health_prober& by, std::size_t of) :
            waiter(&question::resumed), prober(by), server(of)
        {
        }
        static void resumed(waiter& self, error_code, aloft::detail::delivery)
        {
            auto& one = static_cast<question&>(self);
            one.prober.answered(one);
        }
        health_prober& prober;
        std::size_t server;
        aloft::detail::call_handle call; // while it is asked
    };
    class alarm : public timer_entry {
    public:
        explicit alarm(health_prober& of) : timer_entry(&expired), owner(of) {}
        health_prober& owner;
        static void expired(timer_entry& e) { static_cast<alarm&>(e).owner.ask_all(); }
    };

    void client_closed() override { stop(); }
    void client_draining() override { stop(); }
    void ask_all();
    void ask(question& next);
    void answered(question& over);
    void arm();
    void stop();

    aloft::detail::client_core& of_;
    std::shared_ptr<const server_list> servers_;
    std::chrono::milliseconds timeout_;
    const std::shared_ptr<aloft::detail::client_core> over_;
    std::deque<question> questions_; // one for each server
    alarm alarm_{*this};
};

} // namespace aloft::autoglm::detail
