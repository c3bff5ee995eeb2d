#pragma once

#include "bench/request_record.hpp"
#include "bench/samples.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aloft::tools::bench {

/// A way in which requests failed.
class error_kind {
public:
    std::string name;
    std::string example; ///< one of them in full
};

/// Server-sent events of one second.
class arrived_events {
public:
    std::uint32_t all = 0;
    std::uint32_t with_content = 0;
};

/// What one process has seen of a run, or all of them together.
class measurements {
public:
    std::vector<request_record> records; ///< of requests that are over, in the order of their end
    samples gaps; ///< between events with content of measured requests (inter-token latency)
    std::vector<run_time> each_gap; ///< those of one request behind those of another, where kept
    std::vector<arrived_events> seconds_of_events; ///< what arrived in each second of the run
    std::vector<error_kind> errors;
    samples loop_lag; ///< how late the event loop was for its own timer
    double cpu_seconds = 0; ///< of this program while the run lasted
    double busiest_cpu = 0; ///< the greatest share of a core that a process took
    std::uint64_t resident = 0; ///< bytes, all processes together
    std::uint64_t connections = 0; ///< opened, at the end
    std::uint64_t unfinished = 0; ///< requests that were given up when the run was stopped
    double seconds = 0; ///< the run itself, from its start to its end
    bool interrupted = false;

    void saw_event(run_time at, bool content);
    /// Keeps the gaps of a request, which may have none.
    void keep_gaps(request_record& of, const std::vector<run_time>& between);
    /// What request_record::error is for failures of this name.
    std::uint32_t error_number(const std::string& name, const std::string& example);
    /// Adds what another process has seen of the same run.
    void merge(measurements&& other);

    /// Passes it to another process of the same program. False where the pipe breaks.
    bool write(int pipe);
    bool read(int pipe);
};

} // namespace aloft::tools::bench
