#include "bench/arrival_pattern.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace aloft::tools::bench;
using namespace std::chrono_literals;

namespace {

arrival_pattern pattern(const std::string& text)
{
    std::string problem;
    const auto made = arrival_pattern::parse(text, problem);
    INFO(problem);
    REQUIRE(made);
    return *made;
}

std::string problem_of(const std::string& text)
{
    std::string problem;
    CHECK_FALSE(arrival_pattern::parse(text, problem));
    return problem;
}

/// The first `count` times of a plan, in seconds.
std::vector<double> times(const arrival_pattern& of, std::size_t count, std::uint64_t seed = 1)
{
    const auto plan = of.plan(seed);
    std::vector<double> all;
    while (all.size() != count) {
        const auto next = plan->next();
        if (!next)
            break;
        all.push_back(std::chrono::duration<double>(next->at).count());
    }
    return all;
}

struct gap_figures {
    double mean = 0;
    double variation = 0; // standard deviation by mean
};

gap_figures gaps_of(const std::vector<double>& times)
{
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 1; i != times.size(); ++i) {
        const auto gap = times[i] - times[i - 1];
        sum += gap;
        squares += gap * gap;
    }
    const auto count = static_cast<double>(times.size() - 1);
    const auto mean = sum / count;
    return {mean, std::sqrt(squares / count - mean * mean) / mean};
}

class file_of {
public:
    explicit file_of(const std::string& text) :
        path_(std::filesystem::temp_directory_path() /
              ("aloft-trace-" + std::to_string(getpid()) + ".jsonl"))
    {
        std::ofstream(path_) << text;
    }
    ~file_of() { std::filesystem::remove(path_); }
    file_of(const file_of&) = delete;
    file_of& operator=(const file_of&) = delete;
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

} // namespace

TEST_CASE("a constant rate is even, begins at once, and does not drift in a million arrivals")
{
    const auto all = times(pattern("constant:300"), 1'000'001);
    CHECK(all[0] == 0);
    CHECK(std::abs(all[1] - 1.0 / 300) < 1e-9);
    CHECK(std::abs(all[1'000'000] - 1'000'000 / 300.0) < 1e-6);
}

TEST_CASE("Poisson arrivals have the rate, and gaps as spread as their mean")
{
    const auto all = times(pattern("poisson:50"), 200'001);
    const auto gaps = gaps_of(all);
    CHECK(std::abs(gaps.mean - 0.02) < 0.02 * 0.01);
    CHECK(std::abs(gaps.variation - 1) < 0.02);
    // Kolmogorov-Smirnov against the exponential law, at 1 %: 1.63 / sqrt(n).
    std::vector<double> sorted;
    for (std::size_t i = 1; i != all.size(); ++i)
        sorted.push_back(all[i] - all[i - 1]);
    std::sort(sorted.begin(), sorted.end());
    double distance = 0;
    for (std::size_t i = 0; i != sorted.size(); ++i) {
        const auto law = 1 - std::exp(-sorted[i] * 50);
        distance = std::max(
            distance, std::abs(law - static_cast<double>(i) / static_cast<double>(sorted.size())));
    }
    CHECK(distance < 1.63 / std::sqrt(200'000.0));
}

TEST_CASE("burstiness is the shape of the gaps: their spread is one by its root")
{
    const auto [text, burstiness] =
        GENERATE(table<std::string, double>({{"gamma:50,0.25", 0.25}, {"gamma:50,4", 4.0}}));
    const auto gaps = gaps_of(times(pattern(text), 200'001));
    CHECK(std::abs(gaps.mean - 0.02) < 0.02 * 0.02);
    CHECK(std::abs(gaps.variation - 1 / std::sqrt(burstiness)) < 0.03);
}

TEST_CASE("the same seed gives the same plan, another one another")
{
    const auto poisson = pattern("poisson:10");
    CHECK(times(poisson, 100, 7) == times(poisson, 100, 7));
    CHECK(times(poisson, 100, 7) != times(poisson, 100, 8));
}

TEST_CASE("a ramp passes through its rates and then keeps the last one")
{
    const auto all = times(pattern("ramp:0,100,10"), 1001);
    // 500 in the ten seconds of the ramp, after t seconds 5 t^2; then 100 a second.
    CHECK(std::abs(all[125] - 5) < 1e-6);
    CHECK(std::abs(all[500] - 10) < 1e-6);
    CHECK(std::abs(all[1000] - 15) < 1e-6);
    CHECK_FALSE(pattern("ramp:0,100,10").ends());
}

TEST_CASE("steps have each rate for its time, and end")
{
    const auto steps = pattern("step:10x3,50x2");
    const auto all = times(steps, 1000);
    CHECK(all.size() == 130);
    CHECK(std::abs(all[29] - 2.9) < 1e-9);
    CHECK(std::abs(all[30] - 3.0) < 1e-9);
    CHECK(std::abs(all[31] - 3.02) < 1e-9);
    CHECK(steps.ends());
}

TEST_CASE("a ramp may be bursty, with as many requests")
{
    auto bursty = pattern("step:100x100");
    bursty.burstiness(1);
    const auto all = times(bursty, 20'000);
    CHECK(std::abs(static_cast<double>(all.size()) - 10'000) < 400); // four deviations
}

TEST_CASE("a trace is replayed from its first line on, at its pace or another, with its lengths")
{
    const file_of trace("{\"timestamp\": 5000, \"input_length\": 700, \"output_length\": 20}\n"
                        "\n"
                        "{\"timestamp\": 4000}\n"
                        "{\"at\": 7.5}\n");
    auto replayed = pattern("trace:" + trace.path());
    CHECK(times(replayed, 10) == std::vector<double>{0, 1, 3.5});
    replayed.speed(2);
    CHECK(times(replayed, 10) == std::vector<double>{0, 0.5, 1.75});
    const auto plan = replayed.plan(1);
    static_cast<void>(plan->next());
    const auto second = plan->next();
    REQUIRE(second);
    CHECK(second->input_tokens == 700);
    CHECK(second->output_tokens == 20);
    CHECK(replayed.ends());
}

TEST_CASE("a wrong pattern says what would be right")
{
    CHECK(problem_of("constant:0") == "constant wants a rate, such as constant:50");
    CHECK(problem_of("poisson") == "poisson wants a rate, such as poisson:50");
    CHECK(problem_of("poisson:nan") == "poisson wants a rate, such as poisson:50");
    CHECK(problem_of("gamma:5") == "gamma wants a rate and a burstiness, such as gamma:50,0.25");
    CHECK(problem_of("ramp:1,2") == "ramp wants two rates and seconds, such as ramp:10,200,60");
    CHECK(problem_of("step:5,5x1").starts_with("step wants RATExSECONDS"));
    CHECK(problem_of("burst:5").find("not \"burst:5\"") != std::string::npos);
    CHECK(problem_of("trace:/nowhere") == "cannot read /nowhere");
    const file_of trace("{\"timestamp\": 1}\n{\"time\": 1}\n");
    CHECK(problem_of("trace:" + trace.path()).find(", line 2: wants") != std::string::npos);
}

TEST_CASE("only a single rate can be changed for another")
{
    CHECK(pattern("poisson:5").has_single_rate());
    CHECK(pattern("poisson:5").rate() == 5);
    CHECK(pattern("poisson:5").at_rate(50).rate() == 50);
    CHECK(pattern("poisson:5").at_rate(62.5).text() == "poisson:62.5");
    CHECK(pattern("gamma:5,0.25").at_rate(50).text() == "gamma:50,0.25");
    CHECK_FALSE(pattern("step:5x1,6x1").has_single_rate());
    CHECK_FALSE(pattern("closed").has_single_rate());
    CHECK(std::isinf(pattern("closed").rate()));
}
