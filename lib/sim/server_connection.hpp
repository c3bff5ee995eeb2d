#pragma once

#include "base/timer_wheel.hpp"
#include "connection/connection.hpp"
#include "net/io_completion.hpp"
#include "net/transport.hpp"
#include "sim/served_request.hpp"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace aloft::http2 {
class server_session;
}

namespace aloft::sim {

class server_core;

/// One client's connection: finds out which HTTP it speaks, then keeps its requests and its idle
/// clock.
class server_connection final : private connection_observer,
                                private exchange_acceptor,
                                private net::io_completion,
                                private timer_entry {
public:
    using list = std::list<std::unique_ptr<server_connection>>;

    server_connection(server_core& core, std::unique_ptr<net::transport> stream);
    ~server_connection();
    server_connection(const server_connection&) = delete;
    server_connection& operator=(const server_connection&) = delete;

    /// May end, and destroy, it.
    void begin(list::iterator place);
    [[nodiscard]] list::iterator place() const noexcept { return place_; }

    // For its requests.
    server_core& core() noexcept { return core_; }
    connection& carrier() noexcept { return *connection_; }
    [[nodiscard]] bool is_http2() const noexcept { return http2_ != nullptr; }
    /// It is over: destroyed, the connection perhaps with it.
    void release(served_request& over);
    /// The connection has had as many requests as it may.
    [[nodiscard]] bool used_up() const noexcept;

    // What a server should not do.
    void write_raw(std::string_view bytes);
    void go_away(std::uint32_t code, std::int32_t last_stream);
    void set_max_streams(std::uint32_t streams);
    /// Closes the connection and destroys this.
    void drop();

private:
    using request_list = boost::intrusive::list<
        served_request,
        boost::intrusive::member_hook<served_request, boost::intrusive::list_member_hook<>,
                                      &served_request::listed>,
        boost::intrusive::constant_time_size<false>>;

    void complete(error_code ec, std::size_t) override;
    void start(bool http2, std::string_view already_read);
    exchange* open() override;
    void slots_changed(connection&) override {}
    void ended(connection&, error_code why) override;
    void idle();
    void watch_idle();

    server_core& core_;
    std::unique_ptr<net::transport> stream_; // until it is known what is spoken
    net::transport* raw_; // of connection_
    std::string greeting_;
    std::shared_ptr<connection> connection_;
    http2::server_session* http2_ = nullptr;
    request_list requests_;
    std::uint64_t opened_ = 0;
    list::iterator place_;
    bool draining_ = false;
};

} // namespace aloft::sim
