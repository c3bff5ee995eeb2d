#pragma once

#include "net/address_source.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct ares_addrinfo;
struct ares_channeldata;

namespace aloft::net {

/// One host asked about through c-ares: both families at once, /etc/hosts before the name servers.
///
/// It has a channel of its own, so that ending it ends its sockets, and the machine's settings are
/// read anew each time: they change when a laptop moves. Kept by the handlers of its waits until it
/// has answered or is withdrawn.
class ares_query final : public std::enable_shared_from_this<ares_query> {
public:
    /// How long IPv6 addresses may lag behind IPv4's (RFC 8305, 3).
    static constexpr std::chrono::milliseconds resolution_delay{50};
    /// How long IPv4 addresses may lag behind IPv6's: longer, for a machine without IPv6 has use
    /// for no others.
    static constexpr std::chrono::milliseconds ipv4_delay{500};
    /// Addresses of a family that are used.
    static constexpr std::size_t max_addresses = 32;

    /// Asks `servers`, or those of /etc/resolv.conf where there are none.
    static std::shared_ptr<ares_query> start(const asio::any_io_executor& executor,
                                             const std::string& host,
                                             const std::vector<asio::ip::udp::endpoint>& servers,
                                             lookup_completion& done);

    ares_query(const ares_query&) = delete;
    ares_query& operator=(const ares_query&) = delete;
    ~ares_query();

    void cancel() noexcept;
    bool is_for(const lookup_completion& done) const noexcept { return done_ == &done; }

private:
    /// What one family's question came to.
    struct answer {
        ares_query* owner;
        int family;
        bool complete = false;
        int status = 0;
        host_addresses found{};
    };
    /// A socket that c-ares owns and Asio watches.
    struct watched {
        asio::posix::stream_descriptor descriptor;
        bool to_read = false;
        bool to_write = false;
        bool reading = false;
        bool writing = false;
    };

    ares_query(const asio::any_io_executor& executor, std::string host, lookup_completion& done);

    bool open(const std::vector<asio::ip::udp::endpoint>& servers);
    void ask(answer& family);
    static void answered(void* family, int status, int timeouts, ares_addrinfo* list);
    static void socket_changed(void* self, int socket, int readable, int writable);
    void watch(int socket, const std::shared_ptr<watched>& what);
    void process(int readable, int writable);
    void settle();
    void arm_timeout();
    void finish();
    void close() noexcept;

    asio::any_io_executor executor_;
    std::string host_;
    lookup_completion* done_;
    ares_channeldata* channel_ = nullptr;
    int channel_status_ = 0;
    std::array<answer, 2> answers_; // IPv6 first: it is preferred
    std::map<int, std::shared_ptr<watched>> sockets_;
    asio::steady_timer timeout_;
    asio::steady_timer delay_;
    bool delaying_ = false;
};

} // namespace aloft::net
