#include "net/ares_query.hpp"

#include <ares.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/time.h>
#include <utility>

namespace aloft::net {
namespace {

// A datagram that is lost is sent again after this long, twice more, waiting longer each time.
// c-ares' own 5 s would cost a dial half of its time.
constexpr int timeout_ms = 2000;
constexpr int tries = 3;

asio::ip::address address_of(const sockaddr& raw)
{
    if (raw.sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &raw, sizeof v4);
        return asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)};
    }
    sockaddr_in6 v6;
    std::memcpy(&v6, &raw, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6{bytes, v6.sin6_scope_id};
}

host_addresses addresses_of(const ares_addrinfo& list)
{
    host_addresses found;
    found.lifetime = std::chrono::hours{24};
    for (const auto* at = list.nodes; at != nullptr; at = at->ai_next) {
        if (found.addresses.size() == ares_query::max_addresses)
            break;
        found.addresses.push_back(address_of(*at->ai_addr));
        found.lifetime = std::min(found.lifetime, std::chrono::seconds{at->ai_ttl});
    }
    return found;
}

ares_addr_port_node node_of(const asio::ip::udp::endpoint& server)
{
    ares_addr_port_node node{};
    node.udp_port = node.tcp_port = server.port();
    if (server.address().is_v4()) {
        node.family = AF_INET;
        node.addr.addr4.s_addr = htonl(server.address().to_v4().to_uint());
    } else {
        const auto bytes = server.address().to_v6().to_bytes();
        node.family = AF_INET6;
        std::memcpy(&node.addr.addr6, bytes.data(), bytes.size());
    }
    return node;
}

/// The servers know the name not at all, or no address of the family; all else may be different
/// the next time.
bool is_denial(int status)
{
    return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

} // namespace

std::shared_ptr<ares_query> ares_query::start(const asio::any_io_executor& executor,
                                              const std::string& host,
                                              const std::vector<asio::ip::udp::endpoint>& servers,
                                              lookup_completion& done)
{
    const std::shared_ptr<ares_query> made{new ares_query{executor, host, done}};
    if (made->open(servers))
        for (answer& family : made->answers_)
            made->ask(family);
    // Hosts of /etc/hosts are answered by now.
    asio::post(executor, [made] { made->settle(); });
    return made;
}

ares_query::ares_query(const asio::any_io_executor& executor, std::string host,
                       lookup_completion& done) :
    executor_{executor},
    host_{std::move(host)},
    done_{&done},
    answers_{{{this, AF_INET6}, {this, AF_INET}}},
    timeout_{executor},
    delay_{executor}
{
}

ares_query::~ares_query()
{
    close();
}

void ares_query::cancel() noexcept
{
    done_ = nullptr;
    close();
}

bool ares_query::open(const std::vector<asio::ip::udp::endpoint>& servers)
{
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    options.timeout = timeout_ms;
    options.tries = tries;
    options.sock_state_cb = socket_changed;
    options.sock_state_cb_data = this;
    channel_status_ = library;
    if (channel_status_ == ARES_SUCCESS)
        channel_status_ = ares_init_options(
            &channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (channel_status_ != ARES_SUCCESS || servers.empty())
        return channel_status_ == ARES_SUCCESS;

    std::vector<ares_addr_port_node> nodes;
    for (const auto& server : servers)
        nodes.push_back(node_of(server));
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
        nodes[i].next = &nodes[i + 1];
    channel_status_ = ares_set_servers_ports(channel_, nodes.data());
    return channel_status_ == ARES_SUCCESS;
}

void ares_query::ask(answer& family)
{
    ares_addrinfo_hints hints{};
    hints.ai_family = family.family;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host_.c_str(), nullptr, &hints, answered, &family);
}

void ares_query::answered(void* family, int status, int, ares_addrinfo* list)
{
    auto& told = *static_cast<answer*>(family);
    told.complete = true;
    told.status = status;
    if (list == nullptr)
        return;
    if (status == ARES_SUCCESS)
        told.found = addresses_of(*list);
    ares_freeaddrinfo(list);
}

void ares_query::socket_changed(void* query, int socket, int readable, int writable)
{
    auto& self = *static_cast<ares_query*>(query);
    const auto at = self.sockets_.find(socket);
    if (readable == 0 && writable == 0) { // c-ares is about to close it
        if (at != self.sockets_.end()) {
            at->second->descriptor.release();
            self.sockets_.erase(at);
        }
        return;
    }
    std::shared_ptr<watched> what;
    if (at != self.sockets_.end()) {
        what = at->second;
    } else {
        what = std::make_shared<watched>(asio::posix::stream_descriptor{self.executor_});
        error_code ec;
        what->descriptor.assign(socket, ec);
        if (ec)
            return; // no answer will be seen on it; its time runs out, and another is tried
        self.sockets_.emplace(socket, what);
    }
    what->to_read = readable != 0;
    what->to_write = writable != 0;
    self.watch(socket, what);
}

void ares_query::watch(int socket, const std::shared_ptr<watched>& what)
{
    using wait = asio::posix::stream_descriptor::wait_type;
    const auto waiting = [&](bool watched::* outstanding, wait kind, int readable, int writable) {
        (*what).*outstanding = true;
        what->descriptor.async_wait(kind, [self = shared_from_this(), socket, what, outstanding,
                                           readable, writable](error_code ec) {
            (*what).*outstanding = false;
            if (ec || !what->descriptor.is_open())
                return;
            self->process(readable, writable);
            if (what->descriptor.is_open())
                self->watch(socket, what);
        });
    };
    if (what->to_read && !what->reading)
        waiting(&watched::reading, wait::wait_read, socket, ARES_SOCKET_BAD);
    if (what->to_write && !what->writing)
        waiting(&watched::writing, wait::wait_write, ARES_SOCKET_BAD, socket);
}

void ares_query::process(int readable, int writable)
{
    ares_process_fd(channel_, readable, writable);
    settle();
}

/// Looks how far the questions have come.
void ares_query::settle()
{
    if (done_ == nullptr)
        return;
    const bool all = std::ranges::all_of(answers_, &answer::complete);
    const bool some =
        std::ranges::any_of(answers_, [](const answer& a) { return !a.found.addresses.empty(); });
    if (all || channel_status_ != ARES_SUCCESS) {
        finish();
        return;
    }
    if (some && !std::exchange(delaying_, true)) {
        const bool has_ipv4 = !answers_.back().found.addresses.empty();
        delay_.expires_after(has_ipv4 ? resolution_delay : ipv4_delay);
        delay_.async_wait([self = shared_from_this()](error_code ec) {
            if (!ec && self->done_ != nullptr)
                self->finish();
        });
    }
    arm_timeout();
}

void ares_query::arm_timeout()
{
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) == nullptr)
        return;
    timeout_.expires_after(std::chrono::seconds{left.tv_sec} +
                           std::chrono::microseconds{left.tv_usec} + std::chrono::milliseconds{1});
    timeout_.async_wait([self = shared_from_this()](error_code ec) {
        if (!ec && self->done_ != nullptr)
            self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

void ares_query::finish()
{
    host_addresses found;
    found.lifetime = std::chrono::hours{24};
    bool denied = true;
    int status = channel_status_;
    for (answer& family : answers_) {
        if (family.found.addresses.empty()) {
            denied = denied && family.complete && is_denial(family.status);
            if (status == ARES_SUCCESS || is_denial(status))
                status = family.status;
            // What one family alone says holds briefly: the other may only have been slow.
            if (!family.complete)
                found.lifetime = {};
            continue;
        }
        found.addresses.insert(found.addresses.end(), family.found.addresses.begin(),
                               family.found.addresses.end());
        found.lifetime = std::min(found.lifetime, family.found.lifetime);
    }
    net_error error;
    if (found.addresses.empty())
        error = {errc::resolve_failed,
                 host_ + ": " + (status == ARES_SUCCESS ? "no address" : ares_strerror(status))};
    lookup_completion* to = std::exchange(done_, nullptr);
    close();
    to->looked_up(std::move(error), denied && channel_status_ == ARES_SUCCESS, std::move(found));
}

void ares_query::close() noexcept
{
    timeout_.cancel();
    delay_.cancel();
    if (auto* channel = std::exchange(channel_, nullptr))
        ares_destroy(channel);
}

} // namespace aloft::net
