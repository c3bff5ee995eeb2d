#include "simulation/busy_server.hpp"
#include "support/client_world.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

// overload [--csv FILE]: a server of fixed capacity is offered ten times what it can do, is
// restarted in the middle, and the promises of docs/policies.md are checked; on simulated time.
using namespace aloft;
using namespace aloft::test;

namespace {

constexpr int seconds = 90;
constexpr int settled = 15; // the limit was found
constexpr int goes_down = 45;
constexpr int comes_back = 50;
constexpr double offered = 10; // times the capacity
constexpr milliseconds step(5);

/// What one second saw.
struct moment {
    std::uint64_t offered = 0;
    std::uint64_t shed = 0; // failed at once, since too many waited
    std::uint64_t failed = 0; // otherwise
    std::uint64_t arrived = 0; // attempts at the server
    std::uint64_t retries = 0; // of these, attempts that were not the first
    std::uint64_t good = 0;
    std::size_t limit = 0;
};

struct course {
    std::vector<moment> moments{seconds};
    std::vector<std::uint64_t> arrivals; // by tenths of a second
};

course run(const client_options& options)
{
    course seen; // told until the world has ended
    std::int64_t now = 0;
    client_world world(true, options);
    busy_server server(world);
    world.on_request = [&](served& r) { server.arrived(r); };
    std::mt19937_64 random(7); // NOLINT
    std::exponential_distribution<double> gap(offered * busy_server::capacity / 1000);
    std::uint64_t number = 0;
    double next = 0;
    for (; now < seconds * 1000; now += step.count()) {
        auto& current = seen.moments[static_cast<std::size_t>(now / 1000)];
        if (now == goes_down * 1000)
            server.go_down();
        if (now == comes_back * 1000)
            server.come_back();
        for (; next <= static_cast<double>(now); next += gap(random)) {
            ++current.offered;
            auto what = client_world::post("x");
            what.header("x-number", std::to_string(++number));
            world.http->async_fetch(std::move(what), [&](error_code ec, whole_response answer) {
                const auto at = static_cast<std::size_t>(now / 1000);
                auto& then = seen.moments[std::min(at, seen.moments.size() - 1)];
                if (ec == errc::queue_full)
                    ++then.shed;
                else if (ec || answer.status() != 200)
                    ++then.failed;
                else
                    ++then.good;
            });
        }
        world.settle();
        world.clock->advance(step);
        server.pass(step);
        world.settle();
        const auto arrived = server.take_arrivals();
        current.arrived += arrived.all;
        current.retries += arrived.again;
        if (now % 100 == 0)
            seen.arrivals.push_back(0);
        seen.arrivals.back() += arrived.all;
        current.limit = world.http->limits(client_world::get().url()).concurrency.value_or(0);
    }
    return seen;
}

int broken = 0;

void promise(bool kept, const std::string& what, double measured)
{
    std::printf("%s %s: %.3f\n", kept ? "kept  " : "BROKEN", what.c_str(), measured);
    broken += kept ? 0 : 1;
}

double goodput(const course& of, int from, int to)
{
    std::uint64_t good = 0;
    for (int i = from; i != to; ++i)
        good += of.moments[static_cast<std::size_t>(i)].good;
    return static_cast<double>(good) / (busy_server::capacity * (to - from));
}

void check(const course& seen)
{
    promise(goodput(seen, settled, goes_down) >= 0.95, "goodput, of the capacity",
            goodput(seen, settled, goes_down));
    std::uint64_t first = 0;
    std::uint64_t again = 0;
    for (const auto& one : seen.moments) {
        first += one.arrived - one.retries;
        again += one.retries;
    }
    const auto share = static_cast<double>(again) / static_cast<double>(first);
    promise(share < 0.1, "retries, of the requests that reached the server", share);

    int recovered = comes_back;
    while (recovered != seconds - 5 && goodput(seen, recovered, recovered + 5) < 0.95)
        ++recovered;
    promise(recovered - comes_back <= 10, "seconds from the restart to full goodput",
            recovered - comes_back);
    promise(goodput(seen, recovered, seconds) >= 0.95, "goodput after it",
            goodput(seen, recovered, seconds));

    // Attempts of clients that wait for the same time come in waves; those here are spread as
    // answers are. For arrivals by pure chance variance and mean are alike.
    double sum = 0;
    double squares = 0;
    double most = 0;
    const int bins = (goes_down - settled) * 10;
    for (int i = settled * 10; i != goes_down * 10; ++i) {
        const auto count = static_cast<double>(seen.arrivals[static_cast<std::size_t>(i)]);
        sum += count;
        squares += count * count;
        most = std::max(most, count);
    }
    const double mean = sum / bins;
    promise((squares / bins - mean * mean) / mean < 2, "variance of arrivals in 0.1 s, of the mean",
            (squares / bins - mean * mean) / mean);
    promise(most < 4 * mean, "most arrivals in 0.1 s, of the mean", most / mean);
    double wave = 0;
    for (int i = comes_back * 10; i != seconds * 10; ++i)
        wave = std::max(wave, static_cast<double>(seen.arrivals[static_cast<std::size_t>(i)]));
    promise(wave <= busy_server::slots + busy_server::queue,
            "most arrivals in 0.1 s after the restart", wave);
}

void write_csv(const std::string& path, const course& with, const course& without)
{
    std::ofstream out(path);
    out << "second,offered,shed,failed,arrived,retries,good,limit,arrived_without,good_without\n";
    for (std::size_t i = 0; i != with.moments.size(); ++i) {
        const auto& one = with.moments[i];
        out << i << ',' << one.offered << ',' << one.shed << ',' << one.failed << ',' << one.arrived
            << ',' << one.retries << ',' << one.good << ',' << one.limit << ','
            << without.moments[i].arrived << ',' << without.moments[i].good << '\n';
    }
}

} // namespace

int main(int argc, char** argv)
{
    const bool csv = argc == 3 && std::string_view(argv[1]) == "--csv";
    if (argc != 1 && !csv) {
        std::fprintf(stderr, "usage: overload [--csv FILE]\n");
        return 2;
    }
    client_options policies;
    policies.adaptive(adaptive_concurrency()).retries(retry_rules()).max_waiting(256);
    policies.max_in_flight(10'000);
    const auto seen = run(policies);
    check(seen);
    if (csv) {
        client_options none; // as much as there is at once, and each failure again
        const double unbounded = HUGE_VAL;
        none.retries(retry_rules()).retry_budget(unbounded).retry_throttle(unbounded);
        none.max_in_flight(10'000);
        write_csv(argv[2], seen, run(none));
    }
    return broken == 0 ? 0 : 1;
}
