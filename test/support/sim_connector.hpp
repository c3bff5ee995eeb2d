#pragma once

#include "net/connector.hpp"
#include "net/pipe_transport.hpp"
#include "sim/server_core.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace aloft::test {

/// Connects a client to a simulator through memory: each dial makes a pipe and serves its far end.
/// ALPN ends with the first protocol the client offered, unless `alpn` says otherwise.
class sim_connector final : public net::connector {
public:
    sim_connector(net::asio::any_io_executor executor, sim::server_core& server) :
        executor_(std::move(executor)), server_(server)
    {
    }

    void dial(const net::endpoint_key& key, net::dial_completion& done) override
    {
        const auto number = ++dials_;
        pending_[&done] = number;
        const auto protocol = !alpn.empty() || key.alpn.empty() ? alpn : key.alpn.front();
        net::asio::post(executor_, [this, alive = std::weak_ptr(alive_), &done, number, protocol] {
            if (alive.expired())
                return;
            const auto at = pending_.find(&done);
            if (at == pending_.end() || at->second != number)
                return;
            pending_.erase(at);
            done.dialed(connect(protocol));
        });
    }
    net::dial_phase cancel(net::dial_completion& done) override
    {
        pending_.erase(&done);
        return net::dial_phase::connect;
    }

    /// How often a connection was asked for.
    [[nodiscard]] std::uint64_t dials() const noexcept { return dials_; }

    std::string alpn; ///< what every dial ends with, if set
    error_code refuse; ///< what every dial fails with, if set

private:
    net::dial_result connect(const std::string& protocol)
    {
        net::dial_result result;
        result.phase = net::dial_phase::connect;
        if (refuse) {
            result.error = {refuse, "refused by the test"};
            return result;
        }
        auto [near, far] = net::pipe_transport::make(executor_, {.alpn = protocol});
        server_.serve(std::move(far));
        result.stream = std::move(near);
        return result;
    }

    net::asio::any_io_executor executor_;
    sim::server_core& server_;
    std::map<net::dial_completion*, std::uint64_t> pending_;
    std::uint64_t dials_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

} // namespace aloft::test
