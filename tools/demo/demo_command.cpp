#include "demo/demo_command.hpp"

#include "process_usage.hpp"
#include "sim/sim_process.hpp"
#include "terminal/progress_line.hpp"

#include <aloft/autoglm.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

struct demo_arguments {
    std::size_t requests = 10'000;
    std::size_t tokens = 50;
    bool clear_text = false;
    bool quiet = false;
};

/// A file that goes away with this object.
class temporary_file {
public:
    temporary_file() : path_("/tmp/aloft-demo-XXXXXX")
    {
        const int file = mkstemp(path_.data());
        if (file < 0)
            throw std::runtime_error("no temporary file in /tmp");
        close(file);
    }
    ~temporary_file() { unlink(path_.c_str()); }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

std::vector<std::string> sim_options(const demo_arguments& given, const std::string& certificate)
{
    // The first tokens come after all requests have been sent; then each stream gets one every 200
    // ms.
    std::vector<std::string> options = {"--listen",      "127.0.0.1:0",
                                        "--first-token", "uniform:2s,4s",
                                        "--gap",         "uniform:150ms,250ms",
                                        "--tokens",      std::to_string(given.tokens),
                                        "--max-streams", "1000"};
    if (!given.clear_text)
        options.insert(options.end(), {"--self-signed", "--write-ca", certificate});
    return options;
}

/// All requests at once, each a coroutine that reads its stream to the end.
class show {
public:
    show(const demo_arguments& given, const std::string& base_url, const std::string& certificate) :
        given_(given),
        client_(loop_.get_executor(), client_for(given, base_url, certificate)),
        line_(given.quiet)
    {
    }

    /// True when every request ended as it should.
    bool run()
    {
        resident_before_ = resident_bytes();
        const auto cpu_before = cpu_seconds();
        started_ = clock::now();
        for (std::size_t i = 0; i != given_.requests; ++i)
            asio::co_spawn(loop_, ask(), asio::detached);
        show_progress();
        loop_.run();
        line_.clear();
        report(cpu_seconds() - cpu_before);
        return completed_ == given_.requests;
    }

private:
    using clock = std::chrono::steady_clock;

    static autoglm::options client_for(const demo_arguments& given, const std::string& base_url,
                                       const std::string& certificate)
    {
        client_options http;
        http.max_in_flight(given.requests).streams_per_connection(250);
        http.version(http_version::http2);
        if (!given.clear_text)
            http.tls(tls_options().ca_file(certificate));
        return autoglm::options(base_url).http(std::move(http));
    }

    asio::awaitable<void> ask()
    {
        autoglm::chat_request what;
        what.system("You operate a phone.").user("Open the settings.");
        autoglm::failure why;
        auto [ec, reply] =
            co_await client_.async_stream(what, why, asio::as_tuple(asio::use_awaitable));
        if (!ec) {
            ++in_flight_;
            note_peak();
            ec = co_await read(reply);
            --in_flight_;
            if (ec)
                why = reply.why();
        }
        if (ec && first_failure_.empty())
            first_failure_ = why.message();
        completed_ += ec ? 0U : 1U;
        if (++ended_ == given_.requests)
            loop_.stop(); // idle connections would keep it running
    }

    asio::awaitable<error_code> read(autoglm::reply& reply)
    {
        error_code ec;
        while (!ec && !reply.over()) {
            while (const auto* delta = reply.try_next())
                events_ += delta->content.empty() ? 0U : 1U;
            if (!reply.over())
                std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (!ec && !reply.error() && reply.action())
            ++actions_;
        co_return ec ? ec : reply.error();
    }

    void note_peak()
    {
        if (in_flight_ <= peak_)
            return;
        peak_ = in_flight_;
        if (peak_ == given_.requests) {
            const auto now = resident_bytes();
            stream_bytes_ = (now - std::min(now, resident_before_)) / given_.requests;
            connections_ = client_.http().counts().connections;
        }
    }

    void show_progress()
    {
        timer_.expires_after(line_.interval());
        timer_.async_wait([this](const error_code& ec) {
            if (ec || ended_ == given_.requests)
                return;
            const auto seconds = std::chrono::duration<double>(clock::now() - started_).count();
            line_.show(fmt::format("{:5.1f} s  {:>6} in flight  {:>6} completed  {:>8} events  "
                                   "{:>3} connections",
                                   seconds, in_flight_, completed_, events_,
                                   client_.http().counts().connections));
            show_progress();
        });
    }

    void report(double cpu) const
    {
        const auto seconds = std::chrono::duration<double>(clock::now() - started_).count();
        fmt::print("{} of {} requests completed, {} ended in an action\n", completed_,
                   given_.requests, actions_);
        fmt::print("  peak in flight        {}\n", peak_);
        fmt::print("  connections           {} (HTTP/2{})\n", connections_,
                   given_.clear_text ? ", clear text" : ", TLS");
        fmt::print("  events                {}, {:.0f}/s over {:.1f} s\n", events_,
                   static_cast<double>(events_) / seconds, seconds);
        fmt::print("  CPU of the client     {:.2f} s, {:.1f} us per event\n", cpu,
                   cpu * 1e6 / static_cast<double>(std::max<std::size_t>(events_, 1)));
        if (stream_bytes_ != 0)
            fmt::print("  memory per stream     {:.1f} KB with all {} in flight\n",
                       static_cast<double>(stream_bytes_) / 1024, peak_);
        if (!first_failure_.empty())
            fmt::print("  first failure         {}\n", first_failure_);
    }

    const demo_arguments& given_;
    asio::io_context loop_{1};
    autoglm::client client_;
    asio::steady_timer timer_{loop_};
    progress_line line_;
    clock::time_point started_;
    std::size_t resident_before_ = 0;
    std::size_t stream_bytes_ = 0;
    std::size_t connections_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t peak_ = 0;
    std::size_t ended_ = 0;
    std::size_t completed_ = 0;
    std::size_t actions_ = 0;
    std::size_t events_ = 0;
    std::string first_failure_;
};

int run(const demo_arguments& given)
{
    allow_many_files();
    try {
        const temporary_file certificate;
        const sim_process server(sim_options(given, certificate.path()));
        fmt::print("streaming {} AutoGLM replies of {} tokens at once from {}\n", given.requests,
                   given.tokens, server.base_url());
        std::fflush(stdout);
        show work(given, server.base_url(), certificate.path());
        return work.run() ? 0 : 1;
    } catch (const std::exception& wrong) {
        fmt::print(stderr, "aloft demo: {}\n", wrong.what());
        return 1;
    }
}

} // namespace

void add_demo_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<demo_arguments>();
    auto& command = *app.add_subcommand("demo", "Stream thousands of replies at once from a "
                                                "simulator of its own, and say what it cost");
    command.add_option("--requests", given->requests, "Requests in flight at once")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{200'000}))
        ->capture_default_str();
    command.add_option("--tokens", given->tokens, "Tokens of a reply")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
        ->capture_default_str();
    command.add_flag("--clear-text", given->clear_text, "Without TLS");
    command.add_flag("-q,--quiet", given->quiet, "No progress line");
    command.footer(
        "Exit codes: 0 every request completed, 1 some did not or nothing could be shown.");
    command.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
