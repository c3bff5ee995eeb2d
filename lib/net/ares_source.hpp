#pragma once

#include "net/ares_query.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace aloft::net {

/// Asks the name servers by c-ares, which blocks nobody and is withdrawn at once.
class ares_source final : public address_source {
public:
    /// Hosts asked about at once; each has sockets of its own. More wait their turn.
    static constexpr std::size_t max_queries = 64;

    /// `servers` replace those of /etc/resolv.conf, unless there are none.
    ares_source(asio::any_io_executor executor, std::vector<asio::ip::udp::endpoint> servers);
    ~ares_source() override;

    void lookup(const std::string& host, lookup_completion& done) override;
    void cancel(lookup_completion& done) noexcept override;

private:
    /// One host, from being asked about to the answer.
    class question final : public lookup_completion {
    public:
        question(ares_source& owner, std::string host, lookup_completion& done) :
            owner_{owner}, host_{std::move(host)}, done_{done}
        {
        }
        ~question();

        void ask();
        bool is_for(const lookup_completion& done) const noexcept { return &done_ == &done; }

    private:
        void looked_up(net_error error, bool final, host_addresses found) override;

        ares_source& owner_;
        std::string host_;
        lookup_completion& done_;
        std::shared_ptr<ares_query> query_;
    };
    using questions = std::deque<std::unique_ptr<question>>;

    std::unique_ptr<question> take(const lookup_completion& done);
    void ask_next();

    asio::any_io_executor executor_;
    std::vector<asio::ip::udp::endpoint> servers_;
    questions asked_;
    questions waiting_;
};

} // namespace aloft::net
