#include "simulation/episode.hpp"
#include "simulation/ledger.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

// simulation [--steps N] [--seed S] [--episode N]: episodes of N steps each from seed S on, until
// there were as many steps as asked for. A seed that fails is named, and fails again.
namespace {

class settings {
public:
    std::uint64_t steps = 1'000'000;
    std::uint64_t seed = 1;
    std::uint64_t episode = 5'000;
};

settings read_arguments(int count, char** words)
{
    settings wanted;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        const auto value = std::strtoull(words[i + 1], nullptr, 10);
        if (name == "--steps")
            wanted.steps = value;
        else if (name == "--seed")
            wanted.seed = value;
        else if (name == "--episode")
            wanted.episode = value;
        else
            std::fprintf(stderr, "simulation: no such option: %s\n", words[i]), std::exit(2);
    }
    return wanted;
}

// What to run again, ready before anything can crash.
char again[160];
int again_length = 0;

void remember(std::uint64_t seed, std::uint64_t episode)
{
    again_length = std::snprintf(
        again, sizeof again, "again: simulation --seed %llu --episode %llu --steps 1\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(episode));
}

void crashed(int signal)
{
    [[maybe_unused]] const auto written =
        ::write(STDOUT_FILENO, again, static_cast<std::size_t>(again_length));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

} // namespace

int main(int argc, char** argv)
{
    using namespace aloft::test;
    const auto wanted = read_arguments(argc, argv);
    std::signal(SIGABRT, crashed);
    std::signal(SIGSEGV, crashed);
    outcome total;
    auto seed = wanted.seed;
    try {
        for (; total.steps < wanted.steps; ++seed) {
            remember(seed, wanted.episode);
            const auto one = run_episode(seed, wanted.episode);
            total.steps += one.steps;
            total.requests += one.requests;
            total.trace = total.trace * 31 + one.trace;
        }
        // The same chance must lead to the same end, or a failing seed would be worth nothing.
        promise(run_episode(wanted.seed, wanted.episode).trace ==
                    run_episode(wanted.seed, wanted.episode).trace,
                "two runs of one seed differ");
    } catch (const broken_promise& broken) {
        std::printf("%s\n%s", broken.what(), again);
        return 1;
    }
    std::printf("%llu steps, %llu requests, seeds %llu to %llu, trace %016llx\n",
                static_cast<unsigned long long>(total.steps),
                static_cast<unsigned long long>(total.requests),
                static_cast<unsigned long long>(wanted.seed),
                static_cast<unsigned long long>(seed - 1),
                static_cast<unsigned long long>(total.trace));
    return 0;
}
