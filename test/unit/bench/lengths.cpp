#include "bench/length_distribution.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace aloft::tools::bench;

namespace {

std::vector<std::uint32_t> drawn(std::string_view text)
{
    std::string problem;
    const auto made = length_distribution::parse(text, problem);
    INFO(problem);
    REQUIRE(made);
    std::mt19937_64 random(3);
    std::vector<std::uint32_t> all(20'000);
    std::generate(all.begin(), all.end(), [&] { return made->draw(random); });
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace

TEST_CASE("a number is that number, and a range is drawn from one end to the other")
{
    CHECK(drawn("512").front() == 512);
    CHECK(drawn("512").back() == 512);
    const auto range = drawn("10-19");
    CHECK(range.front() == 10);
    CHECK(range.back() == 19);
    CHECK(std::abs(std::count(range.begin(), range.end(), 10U) - 2000) < 200);
}

TEST_CASE("normal and lognormal lengths have their middle and their spread, and never fall below 1")
{
    const auto normal = drawn("normal:100,20");
    CHECK(std::abs(static_cast<double>(normal[10'000]) - 100) < 2);
    CHECK(std::abs(static_cast<double>(normal[16'827]) - 120) < 2);
    CHECK(drawn("normal:2,50").front() == 1);
    const auto log = drawn("lognormal:100,0.5");
    CHECK(std::abs(static_cast<double>(log[10'000]) - 100) < 3);
    CHECK(std::abs(static_cast<double>(log[16'827]) - 164.9) < 5);
}

TEST_CASE("a wrong length says what would be right")
{
    for (const auto* text : {"", "0", "x", "5-4", "normal:5", "uniform:1,2", "1,2", "1e9"}) {
        std::string problem;
        CHECK_FALSE(length_distribution::parse(text, problem));
        CHECK(problem.find("wants tokens, such as 512") == 0);
    }
}
