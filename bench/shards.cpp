// What a runtime of some shards does in a while: each has a client and, in memory, the model that
// it asks. Prints one line of JSON.
#include "test/support/model_in_memory.hpp"

#include <aloft/autoglm.hpp>
#include <aloft/concurrent.hpp>
#include <aloft/runtime.hpp>
#include <aloft/sharded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <ranges>
#include <string>
#include <string_view>
#include <time.h>
#include <tuple>
#include <vector>

namespace asio = boost::asio;
using namespace aloft;

namespace {

// The model answers a millisecond later: more than a shard does in one.
constexpr std::size_t requests_in_flight = 400;
constexpr std::size_t streams_in_flight = 100;
constexpr std::size_t events_of_a_stream = 200;

double thread_seconds()
{
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

double seconds_since(std::chrono::steady_clock::time_point begun)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

struct sample {
    std::uint64_t done = 0; // requests, or events
    double wall = 0;
    double cpu = 0;
};

/// What one shard holds.
class caller {
public:
    caller(const asio::any_io_executor& executor, std::size_t tokens, std::size_t padding) :
        glm_(test::model_in_memory::client_of(executor,
                                              client_options().version(http_version::http2),
                                              sim::options()
                                                  .first_token(sim::distribution())
                                                  .token_gap(sim::distribution())
                                                  .tokens(tokens)),
             autoglm::options("http://model/v1"))
    {
        ask_.user(std::string(padding, 'a'));
        error_code ec;
        post_.header("content-type", "application/json").body(ask_.body(false, ec));
    }

    /// Asks as long as it takes; the sample is of that time only.
    asio::awaitable<sample> measure(bool streams, double seconds)
    {
        over_ = false;
        done_ = 0;
        sample taken;
        const auto begun = std::chrono::steady_clock::now();
        const auto cpu = thread_seconds();
        asio::steady_timer time(
            co_await asio::this_coro::executor,
            std::chrono::microseconds(static_cast<std::int64_t>(1e6 * seconds)));
        time.async_wait([&](error_code) {
            taken.done = done_;
            taken.cpu = thread_seconds() - cpu;
            taken.wall = seconds_since(begun);
            over_ = true;
        });
        const auto work = [&](std::size_t) { return streams ? stream() : fetch(); };
        const auto at_once = streams ? streams_in_flight : requests_in_flight;
        co_await for_each(std::views::iota(std::size_t(0), at_once), at_once, work);
        co_return taken;
    }

private:
    asio::awaitable<void> fetch()
    {
        while (!over_) {
            auto [ec, got] =
                co_await glm_.http().async_fetch(post_, asio::as_tuple(asio::use_awaitable));
            check(!ec && got.ok());
            ++done_;
        }
    }
    asio::awaitable<void> stream()
    {
        while (!over_) {
            auto [ec, reply] =
                co_await glm_.async_stream(ask_, asio::as_tuple(asio::use_awaitable));
            while (!ec && !reply.over()) {
                while (reply.try_next() != nullptr)
                    ++done_;
                if (!reply.over())
                    std::tie(ec) = co_await reply.async_wait(asio::as_tuple(asio::use_awaitable));
            }
            check(!ec && !reply.error());
        }
    }
    static void check(bool well)
    {
        if (well)
            return;
        std::fputs("bench: a request failed\n", stderr);
        std::exit(1);
    }

    autoglm::client glm_;
    autoglm::chat_request ask_;
    request post_{"POST", "http://model/v1/chat/completions"};
    std::uint64_t done_ = 0;
    bool over_ = false;
};

void report(std::size_t shards, bool streams, double seconds)
{
    runtime threads(runtime_options().shards(shards));
    const auto make = [&](const asio::any_io_executor& executor, std::size_t) {
        return caller(executor, streams ? events_of_a_stream : 1, 900);
    };
    sharded<caller> callers(threads, make);
    const auto run = [&](double time) {
        const auto measure = [&callers, streams, time] {
            return callers.local().measure(streams, time);
        };
        std::vector<std::future<sample>> samples;
        for (std::size_t i = 0; i != shards; ++i)
            samples.push_back(threads.async_run_on(i, measure, asio::use_future));
        return samples;
    };
    for (auto& warm : run(0.2))
        warm.get();
    double rate = 0;
    double cpu = 0;
    double wall = 0;
    std::uint64_t done = 0;
    for (auto& one : run(seconds)) {
        const auto taken = one.get();
        rate += static_cast<double>(taken.done) / taken.wall;
        cpu += taken.cpu;
        wall += taken.wall;
        done += taken.done;
    }
    std::printf("{\"shards\": %zu, \"per_second\": %.0f, \"cpu_us\": %.4f, \"busy\": %.3f}\n",
                shards, rate, 1e6 * cpu / static_cast<double>(done), cpu / wall);
}

} // namespace

int main(int count, char** values)
{
    if (count != 4) {
        std::fputs("usage: shards SHARDS unary|events SECONDS\n", stderr);
        return 2;
    }
    report(static_cast<std::size_t>(std::atoi(values[1])), std::string_view(values[2]) == "events",
           std::atof(values[3]));
}
