#include "run/run_command.hpp"

#include "process_usage.hpp"
#include "run/prompt_file.hpp"
#include "run/result_file.hpp"
#include "run/run_statistics.hpp"
#include "server_arguments.hpp"
#include "terminal/progress_line.hpp"

#include <aloft/autoglm.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

constexpr int some_failed = 1;
constexpr int bad_usage = 2;
constexpr int no_output = 3;

struct arguments {
    server_arguments server;
    std::string input;
    std::string output = "-";
    bool quiet = false;
};

/// One run: workers take lines one after another, so that no more are read than are in flight.
class runner {
public:
    runner(const arguments& given, autoglm::options with, prompt_file& input, result_file& output) :
        quiet_(given.quiet),
        workers_(given.server.max_in_flight()),
        with_(std::move(with)),
        input_(input),
        output_(output),
        client_(loop_.get_executor(), with_),
        line_(given.quiet)
    {
    }

    const run_statistics& run()
    {
        running_ = workers_;
        for (std::size_t i = 0; i != workers_; ++i)
            asio::co_spawn(loop_, work(), asio::detached);
        show_progress();
        loop_.run();
        line_.clear();
        return statistics_;
    }

private:
    using clock = run_statistics::clock;

    asio::awaitable<void> work()
    {
        while (!output_.failed()) {
            auto next = input_.next();
            if (!next)
                break;
            if (!next->problem.empty()) {
                reject(*next);
                continue;
            }
            statistics_.began();
            if (next->chat)
                co_await stream(*next);
            else
                co_await pass_through(*next);
        }
        if (--running_ == 0)
            loop_.stop(); // idle connections would keep it running
    }

    void reject(const job& of)
    {
        line_.clear();
        if (!quiet_)
            fmt::print(stderr, "line {}: {}\n", of.line, of.problem);
        output_.write_error(of, 0, "invalid_line", of.problem);
        statistics_.rejected("invalid line");
    }

    asio::awaitable<void> stream(const job& of)
    {
        const auto started = clock::now();
        autoglm::failure why;
        auto [ec, reply] =
            co_await client_.async_stream(of.body, why, asio::as_tuple(asio::use_awaitable));
        std::optional<double> first;
        std::uint64_t tokens = 0;
        while (!ec && !reply.over()) {
            while (const auto* delta = reply.try_next()) {
                if (delta->content.empty() && delta->reasoning.empty())
                    continue;
                ++tokens;
                if (!first)
                    first = since(started);
            }
            if (!reply.over())
                std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (!ec && reply.error())
            why = reply.why();
        if (ec || reply.error())
            co_return fail(of, why);
        if (const auto& used = reply.completion().usage())
            tokens = used->completion_tokens;
        output_.write_response(of, 200, reply.headers().get("x-request-id").value_or(""),
                               reply.completion().to_json());
        statistics_.succeeded(since(started), first, tokens);
    }

    asio::awaitable<void> pass_through(const job& of)
    {
        const auto started = clock::now();
        error_code invalid;
        request what("POST", url::parse(with_.base_url(), invalid).join(of.path));
        what.header("content-type", "application/json").header("accept", "application/json");
        if (!with_.api_key().empty())
            what.header("authorization", "Bearer " + with_.api_key());
        what.body(of.body);
        autoglm::failure why;
        auto [ec, got] = co_await client_.http().async_fetch(std::move(what), why,
                                                             asio::as_tuple(asio::use_awaitable));
        if (ec)
            co_return fail(of, why);
        const auto id = got.headers().get("x-request-id").value_or("");
        if (got.ok()) {
            output_.write_response(of, got.status(), id, got.body());
            co_return statistics_.succeeded(since(started), std::nullopt, 0);
        }
        why.code = errc::http_status;
        why.server = chat::parse_api_error(static_cast<int>(got.status()), got.body(), id);
        fail(of, why);
    }

    void fail(const job& of, const autoglm::failure& why)
    {
        std::string kind = why.code.message();
        if (why.server.status != 0)
            kind += fmt::format(" ({})", why.server.status);
        const auto& said = why.server.message;
        output_.write_error(of, static_cast<unsigned>(why.server.status),
                            why.server.code.empty() ? "request_failed" : why.server.code,
                            said.empty() ? why.message() : said);
        statistics_.failed(kind);
    }

    void show_progress()
    {
        timer_.expires_after(line_.interval());
        timer_.async_wait([this](const error_code& ec) {
            if (ec || running_ == 0)
                return;
            line_.show(statistics_.progress(input_.fraction()));
            show_progress();
        });
    }

    static double since(clock::time_point then)
    {
        return std::chrono::duration<double>(clock::now() - then).count();
    }

    bool quiet_;
    std::size_t workers_;
    std::size_t running_ = 0;
    autoglm::options with_;
    prompt_file& input_;
    result_file& output_;
    asio::io_context loop_{1};
    autoglm::client client_;
    asio::steady_timer timer_{loop_};
    progress_line line_;
    run_statistics statistics_;
};

int complain(const std::string& problem, int code)
{
    fmt::print(stderr, "aloft run: {}\n", problem);
    return code;
}

int run(const arguments& given)
{
    std::string problem;
    prompt_file input(given.input, given.server.model(), problem);
    if (!problem.empty())
        return complain(problem, bad_usage);
    result_file output(given.output, problem);
    if (!problem.empty())
        return complain(problem, no_output);
    allow_many_files();
    try {
        runner job(given, given.server.make(), input, output);
        const auto& result = job.run();
        const bool written = output.finish(problem);
        if (!given.quiet)
            fmt::print(stderr, "{}", result.summary());
        if (!written)
            return complain(problem, no_output);
        return result.failures() == 0 ? 0 : some_failed;
    } catch (const boost::system::system_error& wrong) {
        return complain(wrong.what(), bad_usage);
    }
}

} // namespace

void add_run_command(CLI::App& app, std::function<int()>& chosen)
{
    const auto given = std::make_shared<arguments>();
    auto& command = *app.add_subcommand("run", "Send the prompts of a file, many at once, and "
                                               "write what comes back");
    command
        .add_option("prompts", given->input,
                    "OpenAI Batch lines, or {\"prompt\": ..., \"image\": \"screen.png\"}; - reads "
                    "standard input")
        ->required();
    command.add_option("-o,--output", given->output, "Result lines go here; - is standard output")
        ->capture_default_str();
    given->server.add_to(command);
    command.add_flag("-q,--quiet", given->quiet, "No progress and no summary");
    command.footer("Exit codes: 0 all succeeded, 1 some lines failed, 2 the prompts or options are "
                   "not usable, 3 the results cannot be written.");
    command.callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

} // namespace aloft::tools
