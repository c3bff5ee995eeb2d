#pragma once

#include "base/receive_buffer.hpp"
#include "base/timer_service.hpp"
#include "connection/connection.hpp"
#include "net/transport.hpp"
#include "sim/fault_rule.hpp"

#include <aloft/fields.hpp>
#include <aloft/sim.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace aloft::sim {

class server_connection;

/// The simulator without its socket: serves whatever transports it is given, on whatever clock.
class server_core {
public:
    server_core(timer_service& timers, options settings);
    ~server_core();
    server_core(const server_core&) = delete;
    server_core& operator=(const server_core&) = delete;

    /// HTTP/2 or HTTP/1.1 as ALPN says, or by the first bytes where there was none.
    void serve(std::unique_ptr<net::transport> stream);
    /// Closes every connection.
    void stop();

    [[nodiscard]] const options& settings() const noexcept { return settings_; }
    sim::counters& count() noexcept { return count_; }
    [[nodiscard]] const sim::counters& count() const noexcept { return count_; }

    // For connections and requests.
    timer_service& timers() noexcept { return timers_; }
    buffer_pool& pool() noexcept { return pool_; }
    read_space& space() noexcept { return space_; }
    /// The head of every streamed reply.
    [[nodiscard]] const fields& stream_head() const noexcept { return stream_head_; }
    /// The number of a chat completion that just arrived, from 1.
    std::uint64_t next_completion() noexcept { return ++count_.completions; }
    /// What goes wrong with it, or null.
    [[nodiscard]] const fault* fault_of(std::uint64_t request) const noexcept;
    [[nodiscard]] bool knows_model(std::string_view name) const noexcept;
    /// What GET /v1/models says, and of one model.
    [[nodiscard]] std::string model_list() const;
    [[nodiscard]] std::string model_object(std::string_view name) const;
    void remove(server_connection& ended);

private:
    timer_service& timers_;
    options settings_;
    sim::counters count_;
    buffer_pool pool_;
    read_space space_;
    fields stream_head_;
    std::list<std::unique_ptr<server_connection>> connections_;
};

} // namespace aloft::sim
