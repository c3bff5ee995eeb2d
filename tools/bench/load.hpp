#pragma once

#include "bench/arrival_pattern.hpp"
#include "bench/live_counters.hpp"
#include "bench/loop_watch.hpp"
#include "bench/measurements.hpp"
#include "bench/objectives.hpp"
#include "bench/workload.hpp"

#include <aloft/autoglm.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace aloft::tools::bench {

/// How much load, and for how long.
class load_settings {
public:
    arrival_pattern pattern;
    std::uint64_t seed = 1;
    std::uint64_t requests = std::numeric_limits<std::uint64_t>::max(); ///< warm-up included
    double seconds = std::numeric_limits<double>::infinity(); ///< likewise
    std::uint64_t warm_up_requests = 0;
    double warm_up_seconds = 0;
    std::size_t max_in_flight = 0; ///< 0: no bound
    /// The run is over as soon as so many requests missed `objectives`; 0: never.
    std::uint64_t most_missed = 0;
    bool detailed = false; ///< keeps each gap between two events with content
    class objectives objectives;

    [[nodiscard]] bool is_warm_up(std::uint64_t number, run_time due) const noexcept
    {
        return number < warm_up_requests || static_cast<double>(due) < warm_up_seconds * 1e9;
    }
};

/// One process's share of the load: sends what is due when it is due, and notes what comes back.
class load {
public:
    using clock = std::chrono::steady_clock;

    /// \param process  which of the `processes` this is; every one follows the same plan and
    /// sends each `processes`-th request of it
    load(const load_settings& with, const autoglm::options& server, workload& prompts,
         live_counters& live, std::size_t process = 0, std::size_t processes = 1);

    /// Calls `show` every so often while the load runs.
    void show_with(std::function<void()> show, std::chrono::milliseconds interval);
    /// Runs to the end. \param start  the beginning of the run, the same for all processes
    measurements run(clock::time_point start);

private:
    boost::asio::awaitable<void> follow_plan();
    boost::asio::awaitable<void> ask_again_and_again();
    boost::asio::awaitable<void> send(std::uint64_t number, run_time due, payload body);
    boost::asio::awaitable<error_code> read(autoglm::reply& from, request_record& into,
                                            std::vector<run_time>* gaps);
    void end(request_record& one, const autoglm::failure& why);
    void note_failure(request_record& one, const autoglm::failure& why);
    void start_workers();
    void stop();
    void stop_when_done();
    void watch_signals();
    void show_again();
    [[nodiscard]] bool within(std::uint64_t number, run_time due) const noexcept;
    [[nodiscard]] bool mine(std::uint64_t number) const noexcept
    {
        return number % processes_ == process_;
    }
    [[nodiscard]] run_time since_start(clock::time_point at) const
    {
        return std::chrono::nanoseconds(at - start_).count();
    }

    const load_settings& with_;
    workload& prompts_;
    live_counters& live_;
    std::size_t process_;
    std::size_t processes_;
    boost::asio::io_context loop_{1};
    autoglm::client client_;
    loop_watch watch_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer due_;
    boost::asio::steady_timer show_timer_;
    std::function<void()> show_;
    std::chrono::milliseconds show_interval_{0};
    clock::time_point start_;
    measurements seen_;
    std::uint64_t next_number_; // of a closed loop
    std::uint64_t in_flight_ = 0;
    std::uint64_t missed_ = 0;
    bool no_more_ = false; // requests are begun
};

} // namespace aloft::tools::bench
