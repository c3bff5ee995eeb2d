#include "support/catch.hpp"

#include <aloft/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

using aloft::histogram;

TEST_CASE("an empty histogram says 0 of everything")
{
    const histogram h;
    CHECK(h.count() == 0);
    CHECK(h.sum() == 0);
    CHECK(h.least() == 0);
    CHECK(h.greatest() == 0);
    CHECK(h.mean() == 0.0);
    CHECK(h.percentile(50) == 0);
    CHECK(h.count_below(1000) == 0);
}

TEST_CASE("values below 64 are kept exactly")
{
    histogram h;
    for (std::uint64_t v = 0; v != 64; ++v)
        h.record(v);
    CHECK(h.count() == 64);
    CHECK(h.sum() == 63 * 32);
    CHECK(h.least() == 0);
    CHECK(h.greatest() == 63);
    for (std::uint64_t v = 0; v <= 64; ++v)
        CHECK(h.count_below(v) == v);
    for (std::uint64_t v = 0; v != 64; ++v)
        CHECK(h.percentile(static_cast<double>(v + 1) * 100 / 64) == v);
}

TEST_CASE("a percentile of a fine histogram is off by less than 0.05 percent, up to four hours")
{
    std::mt19937_64 random(9);
    std::uniform_real_distribution<double> exponent(0, 43.9);
    const auto h = std::make_unique<aloft::fine_histogram>();
    std::vector<std::uint64_t> all;
    for (int i = 0; i != 20'000; ++i) {
        all.push_back(static_cast<std::uint64_t>(std::exp2(exponent(random))));
        h->record(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double p : {1.0, 50.0, 99.0, 99.9}) {
        const auto at = static_cast<std::size_t>(std::ceil(p / 100 * 20'000)) - 1;
        const auto exact = static_cast<double>(all[at]);
        CHECK(std::abs(static_cast<double>(h->percentile(p)) - exact) <= exact * 0.0005);
    }
}

TEST_CASE("a percentile is off by less than 1.6 percent")
{
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> exponent(0, 35.9);
    histogram h;
    std::vector<std::uint64_t> all;
    for (int i = 0; i != 20'000; ++i) {
        all.push_back(static_cast<std::uint64_t>(std::exp2(exponent(random))));
        h.record(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double p : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
        const auto at = static_cast<std::size_t>(std::ceil(p / 100 * 20'000)) - 1;
        const auto exact = static_cast<double>(all[at]);
        const auto said = static_cast<double>(h.percentile(p));
        CHECK(std::abs(said - exact) <= exact * 0.016);
    }
    CHECK(h.percentile(0) == all.front());
    CHECK(h.percentile(100) == all.back());
}

TEST_CASE("counts below powers of two are exact")
{
    histogram h;
    for (unsigned bits = 0; bits != 36; ++bits) {
        h.record(std::uint64_t{1} << bits);
        h.record((std::uint64_t{2} << bits) - 1);
    }
    for (unsigned bits = 0; bits <= 36; ++bits)
        CHECK(h.count_below(std::uint64_t{1} << bits) == 2 * bits);
}

TEST_CASE("values beyond the range are counted, and the greatest is exact")
{
    histogram h;
    h.record(std::uint64_t{1} << 40);
    h.record(5);
    CHECK(h.count() == 2);
    CHECK(h.greatest() == std::uint64_t{1} << 40);
    CHECK(h.percentile(100) == std::uint64_t{1} << 40);
    CHECK(h.count_below((std::uint64_t{1} << 40)) == 2);
    CHECK(h.count_below(6) == 1);
}

TEST_CASE("histograms add up")
{
    histogram one;
    histogram two;
    histogram both;
    for (std::uint64_t v = 1; v < 1'000'000; v *= 3) {
        (v % 2 == 0 ? one : two).record(v);
        both.record(v);
        one.record(v + 1);
        both.record(v + 1);
    }
    one += two;
    CHECK(one.count() == both.count());
    CHECK(one.sum() == both.sum());
    CHECK(one.least() == both.least());
    CHECK(one.greatest() == both.greatest());
    for (const double p : {10.0, 50.0, 90.0})
        CHECK(one.percentile(p) == both.percentile(p));
    one += histogram();
    CHECK(one.least() == both.least());
}
