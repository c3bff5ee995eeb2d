#include "run/runner.hpp"

#include "process_usage.hpp"
#include "run/input_check.hpp"
#include "run/result_line.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <type_traits>
#include <utility>
#include <vector>

namespace aloft::tools {
namespace {

namespace asio = boost::asio;

// In input order, into a pipe: how many results may wait in memory for one before them.
constexpr std::uint64_t order_window = 10'000;

// So many lines that cannot be sent are told of one by one.
constexpr std::uint64_t told_of = 20;

/// What `work` returns, done on a thread of `pool`; the caller goes on in `loop`.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> elsewhere(asio::thread_pool& pool,
                                                       asio::io_context& loop, Work& work)
{
    co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
    auto result = work();
    co_await asio::post(asio::bind_executor(loop, asio::use_awaitable));
    co_return result;
}

} // namespace

runner::runner(const settings& with, const autoglm::options& server, prompt_source& input,
               results& output) :
    with_(with),
    server_(server),
    input_(input),
    output_(output),
    client_(loop_.get_executor(), server),
    line_(with.quiet || !with.progress)
{
}

void runner::run()
{
    asio::co_spawn(loop_, feed(), asio::detached);
    show_progress();
    watch_signals();
    loop_.run();
    input_.cancel(); // a second signal does not wait for the input
    line_.clear();
    statistics_.extras(client_.early_ends(), client_.hedges());
    while (statistics_.in_flight() != 0)
        statistics_.left_out();
}

void runner::stop(ending why, std::string problem)
{
    if (ending_ != ending::complete)
        return;
    ending_ = why;
    problem_ = std::move(problem);
    input_.cancel();
    wake();
}

// feeding

asio::awaitable<void> runner::feed()
{
    while (ending_ == ending::complete) {
        std::string problem;
        auto read = [this, &problem] { return input_.next(problem); };
        auto prompts = co_await elsewhere(reading_, loop_, read);
        if (!problem.empty())
            stop(ending::unreadable, problem);
        if (prompts.empty())
            break;
        for (auto& one : prompts) {
            if (ending_ != ending::complete || !co_await begin(std::move(one)))
                break;
        }
    }
    fed_ = true;
    if (statistics_.in_flight() == 0)
        loop_.stop(); // idle connections would keep it running
}

/// False where the run ends.
asio::awaitable<bool> runner::begin(prompt one)
{
    const auto state = one.duplicate ? results::state::to_do : output_.look_up(one);
    if (state == results::state::other_request) {
        stop(ending::unreadable, other_request(one, output_));
        co_return false;
    }
    if (state == results::state::done) {
        statistics_.answered_before(output_.recorded_failure(one));
        co_return true;
    }
    one.check(with_.max_body_memory);
    co_await room_for(one.problem.empty() ? one.body_size() : 0);
    if (ending_ != ending::complete)
        co_return false;
    payload body;
    if (one.problem.empty()) {
        auto make = [&one] { return one.make_body(); };
        if (one.has_image()) // GCC 12 awaits in both branches of a conditional operator
            body = co_await elsewhere(reading_, loop_, make);
        else
            body = make();
    }
    if (!one.problem.empty()) {
        reject(one, one.problem);
        co_return true;
    }
    held_ += body.size(); // what was expected may differ
    statistics_.began();
    const auto number = output_.begin();
    asio::co_spawn(loop_, send(std::move(one), std::move(body), number), asio::detached);
    co_return true;
}

asio::awaitable<void> runner::room_for(std::size_t bytes)
{
    const auto full = [&] {
        return statistics_.in_flight() >= with_.max_in_flight ||
               (held_ != 0 && held_ + bytes > with_.max_body_memory) ||
               output_.behind() >= with_.max_in_flight + order_window;
    };
    while (ending_ == ending::complete && full()) {
        room_.expires_at(clock::time_point::max());
        co_await room_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void runner::reject(const prompt& one, const std::string& problem)
{
    statistics_.rejected();
    if (++rejected_ <= told_of)
        say(fmt::format("line {}: {}", one.line, problem));
    else if (rejected_ == told_of + 1)
        say("more lines cannot be sent; each has its reason in the results");
    if (one.duplicate)
        return; // the result under its custom_id is the earlier line's
    output_.add(output_.begin(), error_line(one, {}, "invalid_line", problem), true);
    if (!output_.problem().empty())
        stop(ending::unwritable, output_.problem());
}

// what people see

void runner::say(const std::string& text)
{
    if (with_.quiet)
        return;
    line_.clear();
    fmt::print(stderr, "{}\n", text);
}

void runner::show_progress()
{
    progress_timer_.expires_after(line_.interval());
    progress_timer_.async_wait([this](const error_code& ec) {
        if (ec)
            return;
        line_.show(statistics_.progress(input_.expected()));
        show_progress();
    });
}

void runner::show_servers()
{
    const auto all = client_.servers();
    for (const auto& one : all) {
        fmt::print(stderr, "  {}: {} in flight, {} attempts, {} failed{}\n", one.base_url,
                   one.outstanding, one.attempts, one.failures,
                   one.resting.count() != 0
                       ? fmt::format(", left alone for {:.1f} s",
                                     std::chrono::duration<double>(one.resting).count())
                       : std::string());
        show_limits(one.base_url);
    }
    if (all.empty())
        show_limits(server_.base_url());
}

void runner::show_limits(const std::string& base_url)
{
    error_code invalid;
    const auto limits = client_.http().limits(url::parse(base_url, invalid));
    if (limits.concurrency)
        fmt::print(stderr, "  {} requests at once is what the server takes; {} times too many\n",
                   *limits.concurrency, limits.overloads);
    if (limits.requests_left)
        fmt::print(stderr, "  {} requests may begin at once\n", *limits.requests_left);
    if (limits.tokens_left)
        fmt::print(stderr, "  {} tokens may be used at once\n", *limits.tokens_left);
}

void runner::watch_signals()
{
    for (const int one : {SIGINT, SIGTERM, SIGUSR1})
        signals_.add(one);
    signals_.async_wait([this](const error_code& ec, int which) {
        if (ec)
            return;
        watch_signals();
        if (which == SIGUSR1) {
            const auto counts = client_.http().counts();
            line_.clear();
            fmt::print(
                stderr,
                "{}\n  {} connections, {} request bodies of {:.1f} MiB, {:.0f} MiB resident\n",
                statistics_.progress(input_.expected()), counts.connections,
                statistics_.in_flight(), static_cast<double>(held_) / 1048576,
                static_cast<double>(resident_bytes()) / 1048576);
            show_servers();
        } else if (ending_ == ending::complete) {
            stop(ending::interrupted, {});
            say(fmt::format("finishing the {} requests in flight; once more stops at once",
                            statistics_.in_flight()));
        } else {
            loop_.stop();
        }
    });
}

} // namespace aloft::tools
