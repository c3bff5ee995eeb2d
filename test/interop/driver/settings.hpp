#pragma once

#include <aloft/client_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace aloft::interop {

/// What every scenario is told.
class settings {
public:
    [[nodiscard]] client_options options() const
    {
        session_limits limits;
        limits.stream_window = stream_window;
        auto chosen = client_options()
                          .version(version)
                          .max_in_flight(in_flight)
                          .streams_per_connection(streams_per_connection)
                          .limits(limits)
                          .deadlines(clocks);
        if (!ca.empty())
            chosen.tls(tls_options().ca_file(ca));
        return chosen;
    }
    [[nodiscard]] std::string url(std::string_view path) const { return base + std::string(path); }

    std::string base; ///< "https://127.0.0.1:8443"
    std::string ca; ///< file of the certificate to trust
    http_version version = http_version::negotiated;
    std::size_t in_flight = 64;
    std::size_t streams_per_connection = 100;
    std::uint32_t stream_window = session_limits().stream_window;
    std::uint64_t count = 0; ///< requests, streams or bytes, as the scenario counts
    std::chrono::seconds seconds{0}; ///< how long a load lasts; 0: until all of `count` are done
    std::chrono::seconds time_limit{60}; ///< after which the driver says what hangs and exits
    aloft::deadlines clocks = aloft::deadlines::defaults();
    std::string prefix = "r"; ///< of the names of a load's requests
    bool posts_only = false; ///< a load sends no GET
    bool patient = false; ///< a load sends again what the server did not process, as callers do
    bool echo = false; ///< an upload comes back whole
};

} // namespace aloft::interop
