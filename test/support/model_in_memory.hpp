#pragma once

#include "client/client_core.hpp"
#include "connection/asio_timers.hpp"
#include "net/connector.hpp"
#include "net/pipe_transport.hpp"
#include "sim/server_core.hpp"

#include <aloft/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace aloft::test {

/// The simulator on an event loop, on which connections lead to it that are pipes in memory.
class model_in_memory final : public net::connector {
public:
    model_in_memory(const boost::asio::any_io_executor& executor, sim::options settings) :
        executor_(executor), timers_(executor), server_(timers_, std::move(settings))
    {
    }
    ~model_in_memory() override
    {
        server_.stop();
        timers_.rest();
    }

    /// A client whose connections all lead here.
    static client client_of(const boost::asio::any_io_executor& executor, client_options with,
                            sim::options settings)
    {
        return client(std::make_shared<detail::client_core>(
            executor, std::move(with),
            std::make_shared<model_in_memory>(executor, std::move(settings)),
            std::make_shared<asio_timers>(executor)));
    }

    void dial(const net::endpoint_key&, net::dial_completion& done) override
    {
        const auto number = ++dials_;
        pending_[&done] = number;
        boost::asio::post(executor_, [this, alive = std::weak_ptr(alive_), &done, number] {
            if (alive.expired())
                return;
            const auto at = pending_.find(&done);
            if (at == pending_.end() || at->second != number)
                return;
            pending_.erase(at);
            auto [near, far] = net::pipe_transport::make(executor_);
            server_.serve(std::move(far));
            net::dial_result made;
            made.stream = std::move(near);
            done.dialed(std::move(made));
        });
    }
    net::dial_phase cancel(net::dial_completion& done) override
    {
        pending_.erase(&done);
        return net::dial_phase::connect;
    }

private:
    boost::asio::any_io_executor executor_;
    asio_timers timers_;
    sim::server_core server_;
    std::map<net::dial_completion*, std::uint64_t> pending_;
    std::uint64_t dials_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

} // namespace aloft::test
