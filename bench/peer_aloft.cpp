// aloft on the command line that all peer clients of the comparison share:
//   peer-aloft (unary|sse) BASE_URL CONNECTIONS STREAMS_PER_CONNECTION REQUESTS PATH WARM_REQUESTS
// It prints one line of JSON: requests, events, errors, wall, user and system seconds of the
// measured window, RSS before it and the peak. Through the public API, with its defaults: limiter,
// deadlines and error handling on, `co_await` in the loop. The environment gives BODY (a file to
// post) and H1=1 (HTTP/1.1 on clear text).

#include <aloft/autoglm.hpp>
#include <aloft/client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <time.h>

namespace asio = boost::asio;

namespace {

struct arguments {
    bool events = false;
    std::string base;
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::uint64_t total = 0;
    std::string path;
    std::uint64_t warm = 0;
    std::string body;

    [[nodiscard]] std::size_t in_flight() const { return connections * streams; }
};

struct moment {
    double wall = 0;
    double user = 0;
    double system = 0;

    static moment now()
    {
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        timespec wall{};
        clock_gettime(CLOCK_MONOTONIC, &wall);
        const auto seconds = [](auto whole, auto fraction, double unit) {
            return static_cast<double>(whole) + static_cast<double>(fraction) * unit;
        };
        return {seconds(wall.tv_sec, wall.tv_nsec, 1e-9),
                seconds(used.ru_utime.tv_sec, used.ru_utime.tv_usec, 1e-6),
                seconds(used.ru_stime.tv_sec, used.ru_stime.tv_usec, 1e-6)};
    }
};

long status_kilobytes(std::string_view key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key))
            return std::strtol(line.c_str() + key.size(), nullptr, 10);
    }
    return 0;
}

/// A closed loop: as many workers as may be in flight, each asking again as soon as it was
/// answered.
struct load {
    std::uint64_t limit = 0;
    std::uint64_t started = 0;
    std::uint64_t requests = 0;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
};

asio::awaitable<void> post(aloft::client& client, const aloft::request& what, load& work)
{
    while (work.started < work.limit) {
        ++work.started;
        auto [ec, response] =
            co_await client.async_fetch(what, asio::as_tuple(asio::use_awaitable));
        ++work.requests;
        if (ec || !response.ok())
            ++work.errors;
    }
}

asio::awaitable<void> stream(aloft::autoglm::client& client, const aloft::payload& body, load& work)
{
    while (work.started < work.limit) {
        ++work.started;
        auto [ec, reply] = co_await client.async_stream(body, asio::as_tuple(asio::use_awaitable));
        while (!ec && !reply.over()) {
            while (const auto* delta = reply.try_next())
                work.events += delta->has_content() ? 1U : 0U;
            if (reply.over())
                break;
            std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        ++work.requests;
        if (ec || reply.error())
            ++work.errors;
    }
}

template <class Worker>
load drive(asio::io_context& loop, std::size_t workers, std::uint64_t limit, Worker worker)
{
    load work;
    work.limit = limit;
    for (std::size_t i = 0; i != workers; ++i)
        asio::co_spawn(loop, worker(work), asio::detached);
    loop.restart();
    while (work.requests < limit && loop.run_one() != 0) {
    }
    return work;
}

void report(const load& work, const moment& before, const moment& after, long resident)
{
    std::printf(
        "{\"reqs\":%llu,\"events\":%llu,\"bytes\":0,\"errors\":%llu,\"wall\":%.6f,\"user\":%.6f,"
        "\"sys\":%.6f,\"rss0_kb\":%ld,\"hwm_kb\":%ld}\n",
        static_cast<unsigned long long>(work.requests),
        static_cast<unsigned long long>(work.events), static_cast<unsigned long long>(work.errors),
        after.wall - before.wall, after.user - before.user, after.system - before.system, resident,
        status_kilobytes("VmHWM:"));
}

aloft::client_options options_for(const arguments& given)
{
    const bool http1 = std::getenv("H1") != nullptr;
    return aloft::client_options()
        .max_in_flight(given.in_flight())
        .streams_per_connection(given.streams)
        .max_connections(http1 ? given.in_flight() : given.connections)
        .version(http1 ? aloft::http_version::http1 : aloft::http_version::http2)
        .tls(aloft::tls_options().insecure(true)); // the peers do not verify the test server either
}

template <class Warm, class Worker>
void measure(asio::io_context& loop, const arguments& given, Warm warm, Worker worker)
{
    if (given.warm != 0)
        drive(loop, given.in_flight(), given.warm, warm);
    const long resident = status_kilobytes("VmRSS:");
    const auto before = moment::now();
    const auto work = drive(loop, given.in_flight(), given.total, worker);
    report(work, before, moment::now(), resident);
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
    // Warmed with unpaced streams whatever the path asks for, over the connections that are
    // measured.
    const auto unpaced = post_to(given, "/sse?n=200&rate=0");
    const aloft::payload body{given.body};
    measure(
        loop, given, [&](load& work) { return post(client.http(), unpaced, work); },
        [&](load& work) { return stream(client, body, work); });
}

} // namespace

int main(int count, char** values)
{
    if (count < 8) {
        std::fprintf(stderr,
                     "usage: %s unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM\n",
                     values[0]);
        return 2;
    }
    arguments given;
    given.events = std::string_view(values[1]) == "sse";
    given.base = values[2];
    given.connections = std::strtoul(values[3], nullptr, 10);
    given.streams = std::strtoul(values[4], nullptr, 10);
    given.total = std::strtoull(values[5], nullptr, 10);
    given.path = values[6];
    given.warm = std::strtoull(values[7], nullptr, 10);
    const char* file = std::getenv("BODY");
    std::ifstream body(file != nullptr ? file : "build/body.json");
    given.body.assign(std::istreambuf_iterator<char>(body), {});
    if (given.body.empty()) {
        std::fprintf(stderr, "no body: name a file in BODY\n");
        return 2;
    }
    if (given.events)
        measure_events(given);
    else
        measure_unary(given);
}
