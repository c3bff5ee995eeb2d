#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace aloft {

/// What a server's health endpoint said last (health_check).
enum class endpoint_health : std::uint8_t {
    unknown, ///< nothing, or the server has no such endpoint
    well,
    ill, ///< it said so, or nothing in time
};

/// How one of several servers stands at this moment: autoglm::client::servers().
class server_state {
public:
    std::string base_url;
    double weight = 1; ///< at present: less than was set while it starts slowly
    std::size_t outstanding = 0; ///< attempts under way, streams being read included
    std::uint64_t attempts = 0; ///< that were sent its way
    std::uint64_t failures = 0; ///< of those, that failed for its reasons
    std::uint64_t ejections =
        0; ///< how often it was left alone because of failures or of its endpoint
    std::uint64_t failovers = 0; ///< attempts that another server was given after this one failed
    std::uint64_t probes = 0; ///< requests that were to find out whether it is back
    std::uint64_t checks = 0; ///< questions to its health endpoint
    std::uint64_t checks_failed = 0;
    endpoint_health health = endpoint_health::unknown;
    bool ejected = false; ///< because of failures, or of its health endpoint, at this moment
    bool probing = false; ///< a request finds out whether it is back
    std::size_t models_resting = 0; ///< models for which it has no quota at this moment
    /// For how long it is still left alone, for failures or because it has no quota.
    std::chrono::milliseconds resting{0};
    /// Of its attempts lately, the time to an answer; none while there was none.
    std::optional<std::chrono::milliseconds> latency;
};

} // namespace aloft
