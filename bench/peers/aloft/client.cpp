// aloft as one of the clients of the comparison, through its public API with its defaults: limiter,
// deadlines and error handling on, streams through the typed client, `co_await` in the loop.
// VERIFY=1 in the environment has it verify the server by the system's trust store.
#include "bench/peers/common/command_line.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/client.hpp>

#include <boost/asio/io_context.hpp>

#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <tuple>

namespace asio = boost::asio;

namespace {

using bench::arguments;

/// A closed loop: as many workers as may be in flight, each asking again as soon as it was
/// answered.
struct load : bench::counts {
    std::uint64_t limit = 0;
    std::uint64_t started = 0;
    asio::io_context* loop = nullptr;

    void answered(bool well)
    {
        errors += well ? 0 : 1;
        if (++requests == limit)
            loop->stop();
    }
};

/// Nobody waits for a worker, so it needs no more than this.
struct worker {
    struct promise_type {
        worker get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const { throw; }
    };
};

worker post(aloft::client& client, const aloft::request& what, load& work)
{
    while (work.started < work.limit) {
        ++work.started;
        auto [ec, response] = co_await client.async_fetch(what, aloft::use_awaiter);
        work.answered(!ec && response.ok());
    }
}

worker stream(aloft::autoglm::client& client, const aloft::payload& body, load& work)
{
    while (work.started < work.limit) {
        ++work.started;
        auto [ec, reply] = co_await client.async_stream(body, aloft::use_awaiter);
        while (!ec && !reply.over()) {
            while (const auto* delta = reply.try_next())
                work.events += delta->has_content() ? 1U : 0U;
            if (reply.over())
                break;
            std::tie(ec) = co_await reply.async_wait(aloft::use_awaiter);
        }
        work.answered(!ec && !reply.error());
    }
}

template <class Start>
load drive(asio::io_context& loop, std::size_t workers, std::uint64_t limit, Start start)
{
    load work;
    work.limit = limit;
    work.loop = &loop;
    for (std::size_t i = 0; i != workers; ++i)
        start(work);
    loop.restart();
    loop.run();
    return work;
}

aloft::client_options options_for(const arguments& given)
{
    return aloft::client_options()
        .max_in_flight(given.in_flight())
        .streams_per_connection(given.streams)
        .max_connections(given.http1 ? given.in_flight() : given.connections)
        .version(given.http1 ? aloft::http_version::http1 : aloft::http_version::http2)
        // The peers do not verify the test server either.
        .tls(aloft::tls_options().insecure(std::getenv("VERIFY") == nullptr));
}

template <class Warm, class Worker>
void measure(asio::io_context& loop, const arguments& given, Warm warm, Worker worker)
{
    if (given.warm != 0)
        drive(loop, given.in_flight(), given.warm, warm);
    const bench::window measured;
    measured.report(drive(loop, given.in_flight(), given.total, worker));
}

aloft::request post_to(const arguments& given, const std::string& path)
{
    aloft::request what("POST", given.base + path);
    what.header("content-type", "application/json")
        .header("accept", given.events ? "text/event-stream" : "application/json")
        .body(given.body);
    return what;
}

void measure_unary(const arguments& given)
{
    asio::io_context loop(1);
    aloft::client client(loop.get_executor(), options_for(given));
    const auto what = post_to(given, given.path);
    const auto worker = [&](load& work) { return post(client, what, work); };
    measure(loop, given, worker, worker);
}

void measure_events(const arguments& given)
{
    asio::io_context loop(1);
    aloft::autoglm::client client(
        loop.get_executor(),
        aloft::autoglm::options(given.base).chat_path(given.path).http(options_for(given)));
    // Warmed over the connections that are measured.
    const auto unpaced = post_to(given, given.warm_path);
    const aloft::payload body{given.body};
    measure(
        loop, given, [&](load& work) { return post(client.http(), unpaced, work); },
        [&](load& work) { return stream(client, body, work); });
}

} // namespace

int main(int count, char** values)
{
    const auto given = arguments::read(count, values);
    if (given.events)
        measure_events(given);
    else
        measure_unary(given);
}
