#pragma once

#include "run/prompt_source.hpp"
#include "run/results.hpp"
#include "run/run_statistics.hpp"
#include "terminal/progress_line.hpp"

#include <aloft/autoglm.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace aloft::tools {

/// One run: a feeder reads prompts no faster than there is room for them, and each request in
/// flight is a coroutine. Reading, and encoding images, happens on a thread of its own.
class runner {
public:
    class settings {
    public:
        std::size_t max_in_flight = 256;
        std::size_t max_body_memory = std::size_t{256} << 20; ///< bytes of request bodies held
        std::chrono::seconds max_outage{300}; ///< how long a server that was there may be away
        bool quiet = false;
        bool progress = true; ///< show a line of it, unless quiet
    };
    enum class ending {
        complete, ///< every prompt has a result
        interrupted, ///< by a signal
        stopped, ///< it made no sense to go on: see problem()
        unreadable, ///< the input could not be read on, or belongs to other results
        unwritable, ///< the results could not be written
    };

    runner(const settings& with, const autoglm::options& server, prompt_source& input,
           results& output);

    void run();
    [[nodiscard]] ending how() const noexcept { return ending_; }
    /// What kept it from running to the end.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    /// What happened on the wire.
    [[nodiscard]] client_metrics metrics() { return client_.metrics(); }
    [[nodiscard]] const run_statistics& statistics() const noexcept { return statistics_; }

private:
    using clock = std::chrono::steady_clock;
    class sent;

    boost::asio::awaitable<void> feed();
    boost::asio::awaitable<bool> begin(prompt one);
    boost::asio::awaitable<void> room_for(std::size_t bytes);
    void reject(const prompt& one, const std::string& problem);

    boost::asio::awaitable<void> send(prompt of, payload body, std::uint64_t number);
    boost::asio::awaitable<void> stream(sent& one);
    boost::asio::awaitable<void> pass_through(sent& one);
    boost::asio::awaitable<bool> wait_for_server(const autoglm::failure& why);
    void end(sent& one);
    void end_failed(sent& one);

    void stop(ending why, std::string problem);
    void wake() { room_.cancel(); }
    void show_progress();
    void show_servers();
    void show_limits(const std::string& base_url);
    void watch_signals();
    void say(const std::string& text);

    settings with_;
    autoglm::options server_;
    prompt_source& input_;
    results& output_;
    boost::asio::io_context loop_{1};
    boost::asio::thread_pool reading_{1};
    autoglm::client client_;
    boost::asio::steady_timer room_{loop_};
    boost::asio::steady_timer progress_timer_{loop_};
    boost::asio::signal_set signals_{loop_};
    progress_line line_;
    run_statistics statistics_;
    std::size_t held_ = 0; // bytes of bodies
    std::optional<clock::time_point> away_since_; // of the server
    std::size_t failures_alike_ = 0; // before the first success
    std::uint64_t rejected_ = 0; // lines that cannot be sent
    bool answered_ = false; // the server, ever
    bool fed_ = false; // nothing more is to begin
    ending ending_ = ending::complete;
    std::string problem_;
};

} // namespace aloft::tools
