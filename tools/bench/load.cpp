#include "bench/load.hpp"

#include "bench/stream_probe.hpp"
#include "process_usage.hpp"
#include "remedy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <tuple>
#include <utility>

namespace aloft::tools::bench {

namespace asio = boost::asio;

namespace {

// Requests begun one after the other before others have their turn.
constexpr unsigned burst = 64;

constexpr std::size_t unbounded = 1'000'000;

autoglm::options with_limits(const autoglm::options& server, std::size_t max_in_flight)
{
    auto made = server;
    auto http = server.http();
    http.max_in_flight(max_in_flight == 0 ? unbounded : max_in_flight).max_waiting(unbounded);
    return made.http(http);
}

} // namespace

load::load(const load_settings& with, const autoglm::options& server, workload& prompts,
           live_counters& live, std::size_t process, std::size_t processes) :
    with_(with),
    prompts_(prompts),
    live_(live),
    process_(process),
    processes_(processes),
    client_(loop_.get_executor(),
            with_limits(server, with.max_in_flight / processes +
                                    (process < with.max_in_flight % processes ? 1 : 0))),
    watch_(loop_),
    signals_(loop_),
    due_(loop_),
    show_timer_(loop_),
    next_number_(process)
{
}

void load::show_with(std::function<void()> show, std::chrono::milliseconds interval)
{
    show_ = std::move(show);
    show_interval_ = interval;
}

measurements load::run(clock::time_point start)
{
    start_ = start;
    watch_signals();
    show_again();
    watch_.start();
    const auto cpu_before = cpu_seconds();
    const auto began = clock::now();
    if (with_.pattern.closed())
        start_workers();
    else
        asio::co_spawn(loop_, follow_plan(), asio::detached);
    loop_.run();
    seen_.cpu_seconds = cpu_seconds() - cpu_before;
    seen_.seconds = static_cast<double>(since_start(clock::now())) * 1e-9;
    seen_.busiest_cpu =
        seen_.cpu_seconds / std::chrono::duration<double>(clock::now() - began).count();
    seen_.loop_lag = std::move(watch_.lag());
    seen_.resident = resident_bytes();
    seen_.connections = client_.http().counts().connections;
    seen_.unfinished = in_flight_;
    return std::move(seen_);
}

// An open loop: the times are absolute, so that a late timer or a slow server moves none of those
// after it.
asio::awaitable<void> load::follow_plan()
{
    const auto plan = with_.pattern.plan(with_.seed);
    unsigned in_a_row = 0;
    for (std::uint64_t number = 0; !no_more_; ++number) {
        const auto next = plan->next();
        if (!next || !within(number, next->at.count()))
            break;
        if (!mine(number))
            continue;
        auto body = prompts_.make(number, *next); // ahead of its time
        const auto at = start_ + next->at;
        if (at > clock::now()) {
            in_a_row = 0;
            due_.expires_at(at);
            co_await due_.async_wait(asio::as_tuple(asio::use_awaitable));
        } else if (++in_a_row % burst == 0) {
            co_await asio::post(loop_, asio::use_awaitable);
        }
        if (no_more_)
            break;
        ++in_flight_;
        asio::co_spawn(loop_, send(number, next->at.count(), std::move(body)), asio::detached);
    }
    no_more_ = true;
    stop_when_done();
}

void load::start_workers()
{
    for (std::size_t worker = process_; worker < with_.max_in_flight; worker += processes_)
        asio::co_spawn(loop_, ask_again_and_again(), asio::detached);
    if (process_ >= with_.max_in_flight)
        stop(), loop_.stop();
}

// One of those that keep a closed loop full.
asio::awaitable<void> load::ask_again_and_again()
{
    if (start_ > clock::now()) {
        asio::steady_timer begin(loop_, start_);
        co_await begin.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    while (!no_more_) {
        const auto number = next_number_;
        auto body = prompts_.make(number, arrival());
        const auto due = since_start(clock::now());
        if (!within(number, due))
            break;
        next_number_ += processes_;
        ++in_flight_;
        co_await send(number, due, std::move(body));
    }
    no_more_ = true;
    stop_when_done();
}

bool load::within(std::uint64_t number, run_time due) const noexcept
{
    return number < with_.requests && static_cast<double>(due) < with_.seconds * 1e9;
}

asio::awaitable<void> load::send(std::uint64_t number, run_time due, payload body)
{
    request_record one;
    one.number = number;
    one.intended = due;
    one.measured = !with_.is_warm_up(number, due);
    live_.started.fetch_add(1, std::memory_order_relaxed);
    autoglm::failure why;
    one.queued = since_start(clock::now());
    auto [ec, reply] =
        co_await client_.async_stream(std::move(body), why, asio::as_tuple(asio::use_awaitable));
    if (!ec) {
        one.sent = since_start(reply.sent_at());
        one.head = since_start(reply.arrived_at());
        std::vector<run_time> gaps;
        ec = co_await read(reply, one, with_.detailed && one.measured ? &gaps : nullptr);
        seen_.keep_gaps(one, gaps);
        if (ec)
            why = reply.why();
    }
    if (!ec)
        one.ended = since_start(reply.arrived_at());
    end(one, why);
}

/// Reads it to the end. What has arrived is taken before waiting, so that arrived_at() is the time
/// of what is in hand.
asio::awaitable<error_code> load::read(autoglm::reply& from, request_record& into,
                                       std::vector<run_time>* gaps)
{
    stream_probe probe(into, seen_, gaps);
    while (!from.over()) {
        const auto content_before = into.content_events;
        const bool first = into.first_content == never;
        while (const auto* const event = from.try_next())
            probe.take(*event, since_start(from.arrived_at()));
        live_.content_events.fetch_add(into.content_events - content_before,
                                       std::memory_order_relaxed);
        if (first && into.first_content != never)
            live_.saw_first_content(into.first_content - into.intended);
        if (from.over())
            break;
        const auto [ec] = co_await from.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec)
            co_return ec;
    }
    co_return from.error();
}

void load::end(request_record& one, const autoglm::failure& why)
{
    if (why.code)
        note_failure(one, why);
    seen_.records.push_back(one);
    live_.ended.fetch_add(1, std::memory_order_relaxed);
    --in_flight_;
    if (with_.most_missed != 0 && one.measured && !with_.objectives.met(one) &&
        ++missed_ >= with_.most_missed) {
        stop();
        loop_.stop(); // what is in flight changes nothing any more
    }
    stop_when_done();
}

void load::note_failure(request_record& one, const autoglm::failure& why)
{
    one.ended = since_start(clock::now());
    auto kind = why.code.message();
    if (why.server.status != 0)
        kind += fmt::format(" ({})", why.server.status);
    one.error = seen_.error_number(kind, explain(why));
    live_.failed.fetch_add(1, std::memory_order_relaxed);
}

void load::stop()
{
    no_more_ = true;
    due_.cancel();
}

void load::stop_when_done()
{
    if (no_more_ && in_flight_ == 0)
        loop_.stop(); // idle connections would keep it running
}

// The first signal begins no more requests, the second gives up those in flight.
void load::watch_signals()
{
    for (const int one : {SIGINT, SIGTERM})
        signals_.add(one);
    signals_.async_wait([this](const error_code& ec, int) {
        if (ec)
            return;
        watch_signals();
        if (seen_.interrupted)
            loop_.stop();
        seen_.interrupted = true;
        stop();
        stop_when_done();
    });
}

void load::show_again()
{
    if (!show_)
        return;
    show_timer_.expires_after(show_interval_);
    show_timer_.async_wait([this](const error_code& ec) {
        if (ec)
            return;
        show_();
        show_again();
    });
}

} // namespace aloft::tools::bench
