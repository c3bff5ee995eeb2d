#include "bench/compare.hpp"
#include "bench/plain_json.hpp"
#include "bench/rate_sweep.hpp"
#include "bench/svg_plot.hpp"
#include "support/catch.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <vector>

using namespace aloft::tools::bench;
namespace json = boost::json;

namespace {

/// What a search tries where every rate up to `capacity` is kept.
std::vector<double> tried(rate_search& search, double capacity)
{
    std::vector<double> all;
    while (const auto rate = search.next()) {
        all.push_back(*rate);
        search.tried(*rate, *rate <= capacity);
        REQUIRE(all.size() < 50);
    }
    return all;
}

json::object saved(double mean, double deviation, double count)
{
    return {{"completed", count},         {"failed", 0},
            {"request_throughput", 50.0}, {"mean_ttft_ms", mean},
            {"median_ttft_ms", mean},     {"p99_ttft_ms", mean},
            {"std_ttft_ms", deviation},   {"count_ttft", count}};
}

std::string row_of(const std::string& table, const std::string& title)
{
    const auto at = table.find("  " + title);
    return at == std::string::npos ? "" : table.substr(at, table.find('\n', at) - at);
}

std::size_t count(const std::string& text, const std::string& what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

} // namespace

TEST_CASE("a search doubles the rate until it is missed, and then comes close to the limit")
{
    rate_search search(10, 10'000);
    const auto rates = tried(search, 137);
    CHECK(std::vector<double>(rates.begin(), rates.begin() + 5) ==
          std::vector<double>{10, 20, 40, 80, 160});
    REQUIRE(search.best());
    CHECK(*search.best() <= 137);
    CHECK(*search.best() > 137 / 1.05);
    CHECK(rates.size() < 12);
}

TEST_CASE(
    "a search ends at its highest rate where that is kept, and at once where the lowest is not")
{
    rate_search easy(10, 35);
    CHECK(tried(easy, 1000) == std::vector<double>{10, 20, 35});
    CHECK(easy.best() == 35);
    rate_search hopeless(10, 35);
    CHECK(tried(hopeless, 1) == std::vector<double>{10});
    CHECK_FALSE(hopeless.best());
}

TEST_CASE("a difference counts when chance would hardly make it")
{
    mean_test test;
    test.mean_before = 100;
    test.mean_after = 101;
    test.deviation_before = test.deviation_after = 10;
    test.count_before = test.count_after = 20'000;
    CHECK(*test.chance() < 1e-6); // ten standard errors
    test.count_before = test.count_after = 200;
    CHECK(*test.chance() > 0.05); // one of them
    test.count_after = 29;
    CHECK_FALSE(test.chance());
    test = {};
    test.count_before = test.count_after = 100;
    CHECK(test.chance() == 1.0);
}

TEST_CASE("a comparison says what is better, what is worse, and what may be chance")
{
    const auto slower = comparison(saved(100, 10, 1000), saved(120, 10, 1000));
    CHECK(row_of(slower, "first content (TTFT), mean ms").find("+20.0 %  worse") !=
          std::string::npos);
    CHECK(row_of(slower, "first content (TTFT), mean ms").find("p < 0.000001") !=
          std::string::npos);
    CHECK(row_of(slower, "requests/s").find("+0.0 %") != std::string::npos);
    CHECK(row_of(slower, "good requests/s").empty());
    const auto chance = comparison(saved(100, 100, 100), saved(99, 100, 100));
    CHECK(row_of(chance, "first content (TTFT), mean ms").find("may be chance") !=
          std::string::npos);
    CHECK(row_of(chance, "first content (TTFT), mean ms").find("better") == std::string::npos);
    auto vllm = saved(100, 10, 1000); // has no count a measure
    vllm.erase("count_ttft");
    CHECK(comparison(vllm, vllm).find("may be chance (p = 1.00)") != std::string::npos);
}

TEST_CASE("a plot has its curves, its legend and round marks")
{
    const auto text = svg_plot("seconds", "ms")
                          .line("p50", {{0, 10}, {10, 40}})
                          .dots("failed", {{5, 5}}, true)
                          .text();
    CHECK(text.starts_with("<svg "));
    CHECK(text.ends_with("</svg>\n"));
    CHECK(count(text, "<polyline") == 1);
    CHECK(text.find(">p50<") != std::string::npos);
    CHECK(text.find("bad fill dots") != std::string::npos);
    CHECK(text.find(">40<") != std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
    CHECK(text.find("inf") == std::string::npos);
}

TEST_CASE("a plot of nothing, of one point, or of zeros is still a plot")
{
    for (const auto& points :
         std::vector<std::vector<svg_plot::point>>{{}, {{3, 7}}, {{0, 0}, {1, 0}}}) {
        const auto text = svg_plot("x", "y").line("a", points).text();
        CHECK(text.ends_with("</svg>\n"));
        CHECK(text.find("nan") == std::string::npos);
        CHECK(text.find("inf") == std::string::npos);
    }
}

TEST_CASE("on an axis of percentiles each nine is as wide as the next")
{
    const auto text = svg_plot("share", "ms", svg_plot::axis::percentiles)
                          .line("a", {{0, 1}, {0.9, 2}, {0.99, 3}, {0.999, 4}})
                          .text();
    CHECK(text.find(">p99.9<") != std::string::npos);
    CHECK(text.find(">p99.99<") == std::string::npos);
    CHECK(text.find("points=\"58.0,") != std::string::npos);
}

TEST_CASE("numbers of a report are written as people write them, and read back as they were")
{
    const json::value what = {{"duration", 5.3496901260000005},
                              {"whole", 5349.0},
                              {"small", 1.5e-6},
                              {"large", 2.5e17},
                              {"count", 3000},
                              {"none", nullptr},
                              {"list", {0.25, "a \"word\"", true}}};
    const auto text = plain_json(what);
    CHECK(text == R"({"duration":5.3496901260000005,"whole":5349.0,"small":0.0000015,)"
                  R"("large":250000000000000000.0,"count":3000,"none":null,)"
                  R"("list":[0.25,"a \"word\"",true]})");
    CHECK(json::parse(text) == what);
    CHECK(plain_json(json::object()) == "{}");
    CHECK(plain_json(json::array()) == "[]");
}
